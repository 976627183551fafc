import { Stats, Verbosity } from "../../../../assembly";
import { bytesOf, FakeHost } from "../../../../assembly/testing";
import { RecordFrame } from "../../../shared/record/frame";
import { Identifier, Identities } from "../../../shared/record/identities";
import { From } from "../../../shared/session/peers";
import { prepareTables } from "../../labels";
import { Pop3Metrics } from "../../metrics";
import { ANOMALIES, Anomaly } from "../../session/anomalies";
import {
  Deletion,
  EndReason,
  Greeting,
  LoginResult,
  OpaqueCause,
  Outcome,
  TlsEvent,
} from "../../session/observer";
import { Pop3Stats } from "../../stats";
import { Login } from "../../wire/logins";
import { Code, Status } from "../../wire/replies";
import { Verb, VERBS } from "../../wire/verbs";
import { Pop3Recorder } from "../recorder";

const KEY: string = "heirloom.pop3";

/** docs/pop3.md: "at most 4 KiB". */
const MOST_BYTES: i32 = 4_096;

/** As many as a session may count of one kind of anomaly, and of each command here. */
const MANY: i32 = 1_000;

/** Digits that all numbers may have together beyond those of the longest record here. */
const MORE_DIGITS: i32 = VERBS.length * 2 * 6 + 60;

function recorder(mode: Identities): Pop3Recorder {
  FakeHost.install();
  prepareTables();
  const shared = new Pop3Stats(new Pop3Metrics(Stats.of("pop3", "x", Verbosity.low), false), null);
  return new Pop3Recorder(shared, new Identifier(mode, null), new RecordFrame());
}

function record(): string {
  return FakeHost.properties.written.has(KEY) ? FakeHost.properties.written.get(KEY) : "";
}

describe("Pop3Recorder", () => {
  it("tells what a session did", () => {
    const one = recorder(Identities.plain);
    one.sessionStarted();
    expect(one.wantsNames).toBe(true);
    one.bytes(From.client, 10);
    one.bytes(From.server, 20);
    one.greeted(Greeting.ok);
    one.userNamed(bytesOf('joe "x"'));
    one.loginAttempted(Login.user_pass);
    one.loginEnded(Login.user_pass, LoginResult.in_use);
    one.commandAnswered(Verb.pass, Status.err, Code.in_use);
    one.commandAnswered(Verb.auth, Status.more, Code.none);
    one.commandAnswered(Verb.auth_response, Status.ok, Code.none);
    one.commandUnanswered(Verb.quit);
    one.commandUnanswered(Verb.connect);
    one.commandUnanswered(Verb.auth_response);
    one.tls(TlsEvent.offered);
    one.tls(TlsEvent.refused);
    one.tls(TlsEvent.handshake_seen);
    one.maildropSized(3, 99);
    one.linesPassed(Verb.retr, 5, 9);
    one.linesPassed(Verb.top, 1, 4);
    one.linesPassed(Verb.list, 100, 103);
    one.deletionsEnded(Deletion.reset, 4);
    one.deletionsEnded(Deletion.dropped, 2);
    one.anomaly(Anomaly.nul);
    one.becameOpaque(OpaqueCause.limit);
    FakeHost.clock.advance(7);
    one.sessionEnded(EndReason.desync, Outcome.unread, 0, 0);
    expect(record()).toBe(
      '{"duration_us":7000,"end":"desync","outcome":"unread","opaque":"limit","greeting":"ok",' +
        '"commands":"pass=0/1 auth=1 quit=0/1","bytes":{"client":10,"server":20},"stls_offered":true,"stls":"refused",' +
        '"auth":{"mechanism":"user_pass","result":"in_use","user":"joe \\"x\\""},"maildrop":{"messages":3,"bytes":99},' +
        '"retrieved":{"messages":0,"bytes":5,"wire_bytes":9},"previewed":{"messages":0,"bytes":1,"wire_bytes":4},' +
        '"deletions":{"dropped":2},"anomalies":["nul"]}',
    );
  });

  it("shows the login that succeeded, whatever is tried afterwards", () => {
    const one = recorder(Identities.omit);
    expect(one.wantsNames).toBe(false);
    one.sessionStarted();
    one.loginAttempted(Login.apop);
    one.loginEnded(Login.apop, LoginResult.success);
    one.loginAttempted(Login.user_pass);
    one.loginEnded(Login.user_pass, LoginResult.failure);
    one.sessionEnded(EndReason.quit, Outcome.updated, 0, 0);
    expect(record().includes('"auth":{"mechanism":"apop","result":"success"}}')).toBe(true, record());
  });

  it("begins anew with each session", () => {
    const one = recorder(Identities.plain);
    one.sessionStarted();
    one.sessionEnded(EndReason.client_close, Outcome.anonymous, 0, 0);
    const empty = record();
    one.sessionStarted();
    one.greeted(Greeting.ok);
    one.userNamed(bytesOf("joe"));
    one.loginAttempted(Login.apop);
    one.commandAnswered(Verb.retr, Status.ok, Code.none);
    one.linesPassed(Verb.retr, 5, 9);
    one.maildropSized(1, 2);
    one.tls(TlsEvent.offered);
    one.tls(TlsEvent.accepted);
    one.deletionsEnded(Deletion.committed, 1);
    one.anomaly(Anomaly.nul);
    one.becameOpaque(OpaqueCause.stls);
    one.sessionEnded(EndReason.tls, Outcome.unread, 0, 0);
    one.sessionStarted();
    one.sessionEnded(EndReason.client_close, Outcome.anonymous, 0, 0);
    expect(record()).toBe(empty);
  });

  it("shows what a long session did before it ends", () => {
    const one = recorder(Identities.omit);
    one.sessionStarted();
    one.commandAnswered(Verb.noop, Status.ok, Code.none);
    expect(record()).toBe("");
    FakeHost.clock.advance(10_000);
    one.commandAnswered(Verb.noop, Status.ok, Code.none);
    expect(record()).toBe('{"duration_us":10000000,"commands":"noop=2","bytes":{"client":0,"server":0}}');
  });

  it("fits whatever happens", () => {
    const one = recorder(Identities.plain);
    one.sessionStarted();
    one.bytes(From.client, i32.MAX_VALUE);
    one.bytes(From.server, i32.MAX_VALUE);
    one.greeted(Greeting.invalid);
    for (let verb = 0; verb < VERBS.length; verb++) {
      for (let i = 0; i < MANY; i++) {
        one.commandAnswered(verb, Status.ok, Code.none);
        one.commandAnswered(verb, Status.err, Code.none);
      }
    }
    one.userNamed(bytesOf("\x01".repeat(400)));
    one.loginAttempted(Login.user_pass);
    one.loginEnded(Login.user_pass, LoginResult.login_delay);
    one.tls(TlsEvent.offered);
    one.tls(TlsEvent.requested);
    one.maildropSized(u64.MAX_VALUE, u64.MAX_VALUE);
    one.linesPassed(Verb.retr, u64.MAX_VALUE, u64.MAX_VALUE);
    one.linesPassed(Verb.top, u64.MAX_VALUE, u64.MAX_VALUE);
    one.deletionsEnded(Deletion.committed, u32.MAX_VALUE);
    for (let kind = 0; kind < ANOMALIES.length; kind++) for (let i = 0; i < MANY; i++) one.anomaly(kind);
    one.becameOpaque(OpaqueCause.tls_first);
    FakeHost.properties.setText("connection\0tls_version", "T".repeat(100));
    FakeHost.clock.advance(1_000_000_000_000);
    one.sessionEnded(EndReason.upstream_unreachable, Outcome.anonymous, 0, 0);
    expect(record().endsWith('desync"]}')).toBe(true);
    expect(record().length).toBeGreaterThan(3_000);
    expect(record().length + MORE_DIGITS).toBeLessThanOrEqual(MOST_BYTES);
  });
});
