import { IntegerTable, Stats, Verbosity } from "../../../assembly";
import { FakeHost } from "../../../assembly/testing";
import { From } from "../../shared/session/peers";
import { prepareTables } from "../labels";
import { SmtpMetrics } from "../metrics";
import { Anomaly } from "../session/anomalies";
import { Message, MessageMode } from "../session/message";
import {
  AbortCause,
  AuthResult,
  Cap,
  Dialect,
  EndReason,
  Greeting,
  OpaqueCause,
  Outcome,
  RecipientOutcome,
  Stage,
  TlsEvent,
} from "../session/observer";
import { SmtpStats } from "../stats";
import { bitOf, Extension } from "../wire/extensions";
import { Mechanism } from "../../shared/wire/mechanisms";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { bytes } from "./support";

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;

FakeHost.install();
let registry: Stats = Stats.of("smtp", "x");
let stats: SmtpStats = new SmtpStats(new SmtpMetrics(registry, false), null, true);

/** Fresh metrics; `thresholds`: milliseconds by verb. */
function make(verbosity: Verbosity, thresholds: IntegerTable | null): void {
  FakeHost.install();
  prepareTables();
  registry = Stats.of("smtp", "x", verbosity);
  stats = new SmtpStats(new SmtpMetrics(registry, thresholds !== null), thresholds, true);
  FakeHost.metrics.journal = [];
}

/** What changed since the last call: each `name +1` or `name =1` without the prefix. */
function changes(): string {
  registry.flush();
  const journal = FakeHost.metrics.journal;
  FakeHost.metrics.journal = [];
  return journal.join("; ").replaceAll("smtp.x.", "");
}

function replied(line: string): string {
  const reply = new Reply();
  reply.add(bytes(line));
  stats.replied(reply, reply.hasStatus);
  return changes();
}

function sent(
  mode: MessageMode,
  size: u64,
  wireSize: u64,
  chunks: u32,
  declared: i64,
  recipients: i32,
): string {
  const message = new Message();
  message.mode = mode;
  message.bytes = size;
  message.wireBytes = wireSize;
  message.chunks = chunks;
  message.isDeclared = declared >= 0;
  message.declaredBytes = <u64>max(declared, 0);
  stats.messageSent(message, recipients);
  return changes();
}

/** Metrics that exist, by a part of their names. */
function defined(name: string): i32 {
  let count = 0;
  const names = FakeHost.metrics.names;
  for (let i = 0; i < names.length; i++) if (names[i].startsWith("smtp.x." + name)) count++;
  return count;
}

describe("SmtpStats", () => {
  beforeEach(() => {
    make(Verbosity.high, null);
  });

  it("counts sessions", () => {
    stats.sessionStarted();
    expect(changes()).toBe("sessions_total +1; sessions_active +1");
    stats.sessionEnded(EndReason.quit, Dialect.esmtp, 3, 5 * MICROSECOND + 999);
    expect(changes()).toBe(
      "session_transactions =3; session_duration_us =5; sessions_active +-1; " +
        "session_ends_total.reason.quit +1; session_dialects_total.dialect.esmtp +1",
    );
    stats.becameOpaque(OpaqueCause.starttls);
    expect(changes()).toBe("opaque_sessions_total.cause.starttls +1");
    stats.greeted(Greeting.permanent);
    expect(changes()).toBe("greetings_total.class.5xx +1");
    stats.proxyPreamble(1);
    stats.proxyPreamble(2);
    expect(changes()).toBe("proxy_preambles_total.version.v1 +1; proxy_preambles_total.version.v2 +1");
  });

  it("counts bytes", () => {
    stats.bytes(From.client, 10);
    stats.bytes(From.server, 20);
    stats.opaqueBytes(From.server, 5);
    expect(changes()).toBe(
      "bytes_total.from.client +10; bytes_total.from.server +20; opaque_bytes_total.from.server +5",
    );
  });

  it("counts commands and replies", () => {
    stats.commandSent(Verb.helo);
    stats.commandSent(Verb.other);
    expect(changes()).toBe("commands_total.verb.helo +1; commands_total.verb.other +1");
    stats.commandAnswered(Verb.rcpt, ReplyClass.permanent, 550);
    expect(changes()).toBe(
      "command_reply_codes_total.verb.rcpt.code.550 +1; replies_total.verb.rcpt.class.5xx +1",
    );
    stats.commandUnanswered(Verb.connect);
    expect(changes()).toBe("commands_unanswered_total.verb.connect +1");
    stats.commandPipelined(7);
    expect(changes()).toBe("pipeline_depth =7");
    stats.repliedUnsolicited(421);
    stats.repliedUnsolicited(250);
    expect(changes()).toBe("replies_unsolicited_total.code.421 +1; replies_unsolicited_total.code.other +1");
  });

  it("counts codes and statuses", () => {
    expect(replied("250 ok")).toBe("reply_codes_total.code.250 +1");
    expect(replied("777 ok")).toBe("reply_codes_total.code.other +1");
    expect(replied("550 5.1.1 no")).toBe(
      "reply_codes_total.code.550 +1; enhanced_codes_total.class.5.subject.1 +1; " +
        "enhanced_statuses_total.status.5_1_1 +1",
    );
    expect(replied("450 4.99.1 no")).toBe(
      "reply_codes_total.code.450 +1; enhanced_codes_total.class.4.subject.other +1; " +
        "enhanced_statuses_total.status.other +1",
    );
  });

  it("times commands in microseconds", () => {
    stats.commandTimed(Verb.mail, 7 * MICROSECOND, 3 * MICROSECOND);
    expect(changes()).toBe("command_duration_us.verb.mail =7; command_service_us =3");
    stats.commandTimed(Verb.connect, 7 * MICROSECOND, 3 * MICROSECOND);
    expect(changes()).toBe("command_duration_us.verb.connect =7");
    stats.commandTimed(Verb.quit, 7 * MICROSECOND, 3 * MICROSECOND);
    expect(changes()).toBe("command_service_us =3");
  });

  it("counts transactions", () => {
    stats.transactionStarted();
    expect(changes()).toBe("transactions_started_total +1; transactions_active +1");
    stats.transactionEnded(Outcome.partial, 4 * MICROSECOND);
    expect(changes()).toBe(
      "transaction_duration_us =4; transactions_active +-1; transactions_total.outcome.partial +1",
    );
    stats.rejected(Stage.data, ReplyClass.transient);
    stats.rejected(Stage.eod, ReplyClass.permanent);
    expect(changes()).toBe(
      "transaction_rejections_total.stage.data.class.4xx +1; transaction_rejections_total.stage.eod.class.5xx +1",
    );
    stats.aborted(AbortCause.hello);
    expect(changes()).toBe("transaction_aborts_total.cause.hello +1");
    stats.recipient(RecipientOutcome.rejected_4xx);
    expect(changes()).toBe("recipients_total.outcome.rejected_4xx +1");
    stats.delivered(ReplyClass.success);
    expect(changes()).toBe("deliveries_total.class.2xx +1");
    stats.nullSender();
    expect(changes()).toBe("null_senders_total +1");
    stats.dataTimed(2 * MICROSECOND);
    stats.commitTimed(3 * MICROSECOND);
    expect(changes()).toBe("data_duration_us =2; commit_duration_us =3");
  });

  it("counts messages", () => {
    expect(sent(MessageMode.data, 10, 13, 0, -1, 2)).toBe(
      "transaction_recipients =2; message_bytes =10; message_wire_bytes =13; messages_total.mode.data +1; " +
        "size_declarations_total.kept.absent +1",
    );
    expect(sent(MessageMode.bdat, 0, 0, 3, 0, 0)).toBe(
      "transaction_recipients =0; message_bytes =0; message_wire_bytes =0; message_chunks =3; " +
        "messages_total.mode.bdat +1; empty_messages_total +1; size_declarations_total.kept.within +1",
    );
    expect(sent(MessageMode.data, 11, 14, 0, 10, -1)).toBe(
      "message_bytes =11; message_wire_bytes =14; messages_total.mode.data +1; " +
        "size_declarations_total.kept.exceeded +1",
    );
    expect(sent(MessageMode.burl, 0, 0, 1, 10, 1)).toBe(
      "transaction_recipients =1; messages_total.mode.burl +1",
    );
    stats.sentInClear(true);
    stats.sentInClear(false);
    expect(changes()).toBe(
      "cleartext_messages_total.starttls_offered.yes +1; cleartext_messages_total.starttls_offered.no +1",
    );
  });

  it("counts AUTH, TLS, extensions, anomalies and caps", () => {
    stats.authAttempted(Mechanism.plain);
    stats.authInClear();
    expect(changes()).toBe("auth_attempts_total.mechanism.plain +1; auth_cleartext_total +1");
    stats.authEnded(Mechanism.ntlm, AuthResult.temporary);
    expect(changes()).toBe(
      "auth_results_total.result.temporary +1; auth_mechanism_results_total.mechanism.ntlm.result.temporary +1",
    );
    stats.tls(TlsEvent.handshake_seen);
    expect(changes()).toBe("tls_total.event.handshake_seen +1");
    stats.extensionsOffered(bitOf(Extension.pipelining) | bitOf(Extension.other));
    expect(changes()).toBe(
      "extensions_offered_total.extension.pipelining +1; extensions_offered_total.extension.other +1",
    );
    stats.extensionUsed(Extension.size);
    expect(changes()).toBe("extensions_used_total.extension.size +1");
    stats.anomaly(Anomaly.nul);
    expect(changes()).toBe("anomalies_total.kind.nul +1");
    stats.limitReached(Cap.limbo);
    expect(changes()).toBe("limits_reached_total.cap.limbo +1");
  });

  it("counts slow commands beyond their thresholds, and has the metric only then", () => {
    expect(defined("slow_commands_total")).toBe(0);
    const thresholds = new IntegerTable(28);
    thresholds.set(Verb.mail, 2);
    make(Verbosity.low, thresholds);
    expect(defined("slow_commands_total")).toBeGreaterThan(0);
    stats.commandTimed(Verb.mail, 2 * MILLISECOND, 0);
    stats.commandTimed(Verb.rcpt, 900 * MILLISECOND, 0);
    expect(changes()).toBe("");
    stats.commandTimed(Verb.mail, 2 * MILLISECOND + 1, 0);
    expect(changes()).toBe("slow_commands_total.verb.mail +1");
  });

  it("shows less at lower verbosities", () => {
    const high = FakeHost.metrics.names.length;
    make(Verbosity.standard, null);
    const standard = FakeHost.metrics.names.length;
    expect(defined("command_service_us")).toBe(0);
    expect(defined("message_bytes")).toBe(1);
    make(Verbosity.low, null);
    const low = FakeHost.metrics.names.length;
    expect(defined("message_bytes")).toBe(0);
    expect(defined("commit_duration_us")).toBe(1);
    expect(low < standard && standard < high).toBe(true);
    stats.commandTimed(Verb.mail, 7, 7);
    stats.extensionUsed(Extension.size);
    expect(sent(MessageMode.data, 1, 4, 0, 5, 1)).toBe("messages_total.mode.data +1");
  });

  it("declares its metrics without a mistake", () => {
    expect(registry.problems === null).toBe(true);
  });
});
