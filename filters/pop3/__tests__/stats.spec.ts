import { IntegerTable, Stats, Verbosity } from "../../../assembly";
import { FakeHost } from "../../../assembly/testing";
import { From } from "../../shared/session/peers";
import { LINED_VERBS, linedIndex, prepareTables, TIMED_VERBS, timedIndex } from "../labels";
import { Pop3Metrics } from "../metrics";
import { Anomaly } from "../session/anomalies";
import {
  Cap,
  Deletion,
  EndReason,
  Greeting,
  LoginResult,
  OpaqueCause,
  Outcome,
  Retrieval,
  TlsEvent,
} from "../session/observer";
import { Pop3Stats } from "../stats";
import { bitOf, Extension } from "../wire/extensions";
import { Login } from "../wire/logins";
import { Code, Status } from "../wire/replies";
import { Verb, VERBS } from "../wire/verbs";

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;

FakeHost.install();
let registry: Stats = Stats.of("pop3", "x");
let stats: Pop3Stats = new Pop3Stats(new Pop3Metrics(registry, false), null);

/** Fresh metrics; `thresholds`: milliseconds by verb. */
function make(verbosity: Verbosity, thresholds: IntegerTable | null): void {
  FakeHost.install();
  prepareTables();
  registry = Stats.of("pop3", "x", verbosity);
  stats = new Pop3Stats(new Pop3Metrics(registry, thresholds !== null), thresholds);
  FakeHost.metrics.journal = [];
}

/** What changed since the last call: each `name +1` or `name =1` without the prefix. */
function changes(): string {
  registry.flush();
  const journal = FakeHost.metrics.journal;
  FakeHost.metrics.journal = [];
  return journal.join("; ").replaceAll("pop3.x.", "");
}

/** Metrics that exist, by a part of their names. */
function defined(name: string): i32 {
  let count = 0;
  const names = FakeHost.metrics.names;
  for (let i = 0; i < names.length; i++) if (names[i].startsWith("pop3.x." + name)) count++;
  return count;
}

describe("Pop3Stats", () => {
  beforeEach(() => {
    make(Verbosity.high, null);
  });

  it("counts sessions and bytes", () => {
    stats.sessionStarted();
    expect(changes()).toBe("sessions_total +1; sessions_active +1");
    stats.sessionEnded(EndReason.server_err, Outcome.unfinished, 3, 5 * MICROSECOND + 999);
    expect(changes()).toBe(
      "session_retrievals =3; session_duration_us =5; sessions_active +-1; " +
        "session_ends_total.reason.server_err +1; session_outcomes_total.outcome.unfinished +1",
    );
    stats.becameOpaque(OpaqueCause.stls);
    stats.greeted(Greeting.invalid);
    stats.proxyPreamble(2);
    expect(changes()).toBe(
      "opaque_sessions_total.cause.stls +1; proxy_preambles_total.version.v2 +1; greetings_total.class.invalid +1",
    );
    stats.bytes(From.client, 10);
    stats.opaqueBytes(From.server, 5);
    expect(changes()).toBe("bytes_total.from.client +10; opaque_bytes_total.from.server +5");
  });

  it("counts commands and replies", () => {
    stats.commandSent(Verb.user);
    stats.commandSent(Verb.other);
    expect(changes()).toBe("commands_total.verb.user +1; commands_total.verb.other +1");
    stats.commandAnswered(Verb.retr, Status.ok, Code.none);
    expect(changes()).toBe("replies_total.verb.retr.class.ok +1");
    stats.commandAnswered(Verb.connect, Status.none, Code.none);
    expect(changes()).toBe("replies_total.verb.connect.class.other +1");
    stats.commandAnswered(Verb.pass, Status.err, Code.in_use);
    expect(changes()).toBe(
      "error_codes_total.code.in_use +1; command_error_codes_total.verb.pass.code.in_use +1; " +
        "replies_total.verb.pass.class.err +1",
    );
    stats.commandUnanswered(Verb.quit);
    stats.commandPipelined(4);
    expect(changes()).toBe("pipeline_depth =4; commands_unanswered_total.verb.quit +1");
    stats.repliedUnsolicited(Status.ok);
    stats.repliedUnsolicited(Status.err);
    stats.repliedUnsolicited(Status.more);
    expect(changes()).toBe(
      "replies_unsolicited_total.class.ok +1; replies_unsolicited_total.class.err +1; " +
        "replies_unsolicited_total.class.other +1",
    );
  });

  it("times commands", () => {
    stats.commandTimed(Verb.pass, 7 * MICROSECOND, 3 * MICROSECOND);
    expect(changes()).toBe("command_duration_us.verb.pass =7; command_service_us =3");
    stats.commandTimed(Verb.connect, 7 * MICROSECOND, 3 * MICROSECOND);
    expect(changes()).toBe("command_duration_us.verb.connect =7");
    stats.commandTimed(Verb.noop, 7 * MICROSECOND, 3 * MICROSECOND);
    expect(changes()).toBe("command_service_us =3");
  });

  it("counts messages", () => {
    stats.linesPassed(Verb.retr, 10, 13);
    stats.retrievalEnded(Retrieval.complete);
    stats.messageRetrieved(10, 13, 4 * MICROSECOND);
    expect(changes()).toBe(
      "message_bytes =10; message_wire_bytes =13; retrieval_duration_us =4; " +
        "retrievals_total.outcome.complete +1; response_bytes_total.verb.retr +10",
    );
    stats.retrievedInClear(true);
    stats.retrievedInClear(false);
    expect(changes()).toBe(
      "cleartext_messages_total.starttls_offered.yes +1; cleartext_messages_total.starttls_offered.no +1",
    );
    stats.maildropSized(2, 320);
    expect(changes()).toBe("maildrop_messages =2; maildrop_bytes =320");
    stats.deletionStarted();
    stats.deletionStarted();
    expect(changes()).toBe("deletions_started_total +2; deletions_pending +2");
    stats.deletionsEnded(Deletion.dropped, 2);
    expect(changes()).toBe("deletions_pending +-2; deletions_total.outcome.dropped +2");
  });

  it("counts logins, TLS, capabilities, anomalies and caps", () => {
    stats.loginAttempted(Login.apop);
    stats.loginInClear();
    expect(changes()).toBe("auth_attempts_total.mechanism.apop +1; auth_cleartext_total +1");
    stats.loginEnded(Login.user_pass, LoginResult.login_delay);
    expect(changes()).toBe(
      "auth_results_total.result.login_delay +1; " +
        "auth_mechanism_results_total.mechanism.user_pass.result.login_delay +1",
    );
    stats.tls(TlsEvent.refused);
    stats.extensionsOffered(bitOf(Extension.top) | bitOf(Extension.other));
    stats.anomaly(Anomaly.desync);
    stats.limitReached(Cap.sessions);
    expect(changes()).toBe(
      "tls_total.event.refused +1; extensions_offered_total.extension.top +1; " +
        "extensions_offered_total.extension.other +1; anomalies_total.kind.desync +1; " +
        "limits_reached_total.cap.sessions +1",
    );
  });

  it("counts slow commands beyond their thresholds, and has the metric only then", () => {
    expect(defined("slow_commands_total")).toBe(0);
    const thresholds = new IntegerTable(VERBS.length);
    thresholds.set(Verb.retr, 2);
    make(Verbosity.low, thresholds);
    expect(defined("slow_commands_total")).toBe(VERBS.length);
    stats.commandTimed(Verb.retr, 2 * MILLISECOND, 0);
    stats.commandTimed(Verb.stat, 900 * MILLISECOND, 0);
    expect(changes()).toBe("");
    stats.commandTimed(Verb.retr, 2 * MILLISECOND + 1, 0);
    expect(changes()).toBe("slow_commands_total.verb.retr +1");
  });

  it("shows less at lower verbosities", () => {
    const high = FakeHost.metrics.names.length;
    make(Verbosity.standard, null);
    const standard = FakeHost.metrics.names.length;
    expect(defined("command_service_us")).toBe(0);
    expect(defined("message_bytes")).toBe(1);
    make(Verbosity.low, null);
    expect(defined("message_bytes")).toBe(0);
    expect(defined("retrieval_duration_us")).toBe(1);
    expect(FakeHost.metrics.names.length < standard && standard < high).toBe(true);
  });

  it("declares its metrics without a mistake, and knows where verbs lie in shorter lists", () => {
    expect(registry.problems === null).toBe(true);
    for (let verb = 0; verb < VERBS.length; verb++) {
      expect(timedIndex(<Verb>verb)).toBe(TIMED_VERBS.indexOf(VERBS[verb]));
      expect(linedIndex(<Verb>verb)).toBe(LINED_VERBS.indexOf(VERBS[verb]));
    }
  });
});
