import { Stats, Verbosity } from "../../../../assembly";
import { Buffer } from "../../../../assembly/bytes/buffer";
import { HmacSha256 } from "../../../../assembly/bytes/sha256";
import { bytesOf, FakeHost } from "../../../../assembly/testing";
import { From } from "../../../shared/session/peers";
import { RecordFrame } from "../../../shared/record/frame";
import { Identifier, Identities } from "../../../shared/record/identities";
import { prepareTables } from "../../labels";
import { LdapMetrics } from "../../metrics";
import { BindResult, EndReason, Method, OpaqueCause, Outcome, StartTlsEvent } from "../../session/observer";
import { LdapStats } from "../../stats";
import { ANOMALIES, Anomaly } from "../../wire/anomalies";
import { Mechanism } from "../../wire/mechanisms";
import { Op, OPERATIONS } from "../../wire/operations";
import { ResultClass } from "../../wire/results";
import { showName } from "../bindnames";
import { LdapRecorder } from "../recorder";

const KEY: string = "heirloom.ldap";

/** docs/ldap.md: "at most 4 KiB". */
const MOST_BYTES: i32 = 4_096;

/** As many as a connection may count of one kind of anomaly, and of each operation here. */
const MANY: i32 = 1_000;

/** Digits that all numbers beside the operations may have together beyond those of this spec. */
const MORE_DIGITS: i32 = 80;

/** The room that there has to be for one more operation. */
const OPERATION_BYTES: i32 = 512;

function recorder(mode: Identities): LdapRecorder {
  FakeHost.install();
  prepareTables();
  const shared = new LdapStats(new LdapMetrics(Stats.of("ldap", "x", Verbosity.low), false), null);
  return new LdapRecorder(shared, new Identifier(mode, null), new RecordFrame());
}

function record(): string {
  return FakeHost.properties.written.has(KEY) ? FakeHost.properties.written.get(KEY) : "";
}

function domainOf(name: string): string {
  const into = new Buffer(320);
  showName(new Identifier(Identities.domain, null), bytesOf(name), into);
  return String.UTF8.decodeUnsafe(into.pointer, into.length);
}

describe("LdapRecorder", () => {
  it("tells what a connection did", () => {
    const one = recorder(Identities.plain);
    one.connectionStarted();
    expect(one.wantsNames).toBe(true);
    one.bytes(From.client, 10);
    one.bytes(From.server, 20);
    one.bindStarted(Method.sasl);
    one.mechanismUsed(Mechanism.login);
    one.bindNamed(bytesOf('cn="x"'));
    one.bindEnded(Method.sasl, BindResult.success, 5);
    one.answered(Op.bind, ResultClass.success, 0);
    one.operationTimed(Op.bind, 3_000);
    one.operationEnded(Op.bind, Outcome.answered, false);
    one.operationTimed(Op.search, 2_000);
    one.operationEnded(Op.search, Outcome.abandoned, false);
    one.operationEnded(Op.search, Outcome.unanswered, false);
    one.entryReceived();
    one.startTls(StartTlsEvent.accepted);
    one.startTls(StartTlsEvent.pipelined);
    one.anomaly(Anomaly.nonminimal_length);
    one.anomaly(Anomaly.msgid_out_of_range);
    one.becameOpaque(OpaqueCause.starttls);
    FakeHost.clock.advance(7);
    FakeHost.properties.setText("connection\0tls_version", "TLSv1.3");
    one.connectionEnded(EndReason.client_close);
    expect(record()).toBe(
      '{"duration_us":7000,"end":"client_close","opaque":"starttls","entries":1,"bytes":{"client":10,"server":20},"tls":"TLSv1.3",' +
        '"starttls":"accepted","binds":1,"bind":{"method":"sasl","mechanism":"other","result":"success",' +
        '"name":"cn=\\"x\\""},"slowest":{"op":"bind","us":3},"anomalies":["nonminimal_length","msgid_out_of_range"],' +
        '"operations":{"bind":{"success":1},"search":{"abandoned":1,"unanswered":1}}}',
    );
    one.connectionStarted();
    one.connectionEnded(EndReason.empty);
    expect(record()).toBe(
      '{"duration_us":0,"end":"empty","entries":0,"bytes":{"client":0,"server":0},"tls":"TLSv1.3","operations":{}}',
    );
  });

  it("shows itself before the end where that takes long", () => {
    const one = recorder(Identities.omit);
    expect(one.wantsNames).toBe(false);
    one.connectionStarted();
    FakeHost.clock.advance(9_999);
    one.operationEnded(Op.search, Outcome.answered, false);
    expect(record()).toBe("");
    FakeHost.clock.advance(1);
    one.operationEnded(Op.search, Outcome.answered, false);
    expect(record().startsWith('{"duration_us":10000000,"entries":')).toBe(true);
  });

  it("fits whatever happens", () => {
    const one = recorder(Identities.plain);
    one.connectionStarted();
    one.bytes(From.client, i32.MAX_VALUE);
    one.bytes(From.server, i32.MAX_VALUE);
    one.bindStarted(Method.unauthenticated);
    one.mechanismUsed(Mechanism.gss_spnego);
    one.bindNamed(bytesOf("\x01".repeat(400)));
    one.bindEnded(Method.unauthenticated, BindResult.invalid_credentials, 0);
    one.startTls(StartTlsEvent.requested);
    one.becameOpaque(OpaqueCause.sasl_unknown);
    one.operationTimed(Op.extended, 1_000_000_000_000_000_000);
    for (let op = 0; op < OPERATIONS.length; op++) {
      for (let i = 0; i < MANY; i++) {
        for (let resultClass = 0; resultClass < 9; resultClass++) one.answered(op, resultClass, 0);
        for (let outcome = 0; outcome < 6; outcome++) one.operationEnded(op, outcome, false);
      }
    }
    for (let kind = 0; kind < ANOMALIES.length; kind++) for (let i = 0; i < MANY; i++) one.anomaly(kind);
    FakeHost.properties.setText("connection\0tls_version", "T".repeat(100));
    FakeHost.clock.advance(1_000_000_000_000);
    one.connectionEnded(EndReason.upstream_unreachable);
    expect(record().endsWith("}}}")).toBe(true);
    expect(record().length).toBeLessThanOrEqual(MOST_BYTES);
    const rest = record().indexOf('"operations":{') + '"operations":{}}'.length;
    expect(rest).toBeGreaterThan(2_500);
    expect(rest + MORE_DIGITS + OPERATION_BYTES).toBeLessThanOrEqual(MOST_BYTES);
  });
});

describe("The domain of a bind name", () => {
  it("is in its components, behind an @, or in front of a backslash", () => {
    expect(domainOf("uid=jd,ou=people, DC=mx,dc=example")).toBe("mx.example");
    expect(domainOf("jd@ad.example")).toBe("ad.example");
    expect(domainOf("AD\\jd")).toBe("AD");
    expect(domainOf("cn=admin")).toBe("");
    expect(domainOf("dc=")).toBe("");
    expect(domainOf("jd")).toBe("");
  });

  it("is not looked for in other modes", () => {
    const into = new Buffer(320);
    showName(new Identifier(Identities.plain, null), bytesOf("cn=a"), into);
    expect(into.length).toBe(4);
    showName(new Identifier(Identities.hash, new HmacSha256(bytesOf("k"))), bytesOf("cn=a"), into);
    expect(into.length).toBe(16);
  });
});
