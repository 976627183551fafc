import { Stats, Verbosity } from "../../../../assembly";
import { BufferPool } from "../../../../assembly/bytes/buffer";
import { bytesOf, FakeHost } from "../../../../assembly/testing";
import { RecordFrame } from "../../../shared/record/frame";
import { Identifier, Identities, MAX_IDENTITY_BYTES } from "../../../shared/record/identities";
import { From } from "../../../shared/session/peers";
import { prepareTables } from "../../labels";
import { SmtpMetrics } from "../../metrics";
import { ANOMALIES } from "../../session/anomalies";
import { Message } from "../../session/message";
import {
  AuthResult,
  Dialect,
  EndReason,
  OpaqueCause,
  Outcome,
  RecipientOutcome,
  TlsEvent,
} from "../../session/observer";
import { SmtpStats } from "../../stats";
import { Mechanism } from "../../../shared/wire/mechanisms";
import { Reply, ReplyClass } from "../../wire/replies";
import { Verb, VERBS } from "../../wire/verbs";
import { SmtpRecorder } from "../recorder";

const KEY: string = "heirloom.smtp";

/** docs/smtp.md: "at most 4 KiB". */
const MOST_BYTES: i32 = 4_096;

/** Digits that all numbers may have together, of 32 and of 64 bits, beyond those that a spec has the patience to count to. */
const MORE_DIGITS: i32 = VERBS.length * 2 * 6 + 60;

/** The longest transaction. */
const TRANSACTION_BYTES: i32 = 1_408;

/** As many as a session may count of one kind, and of each command here. */
const MANY: i32 = 1_000;

function recorder(): SmtpRecorder {
  FakeHost.install();
  prepareTables();
  const metrics = new SmtpMetrics(Stats.of("smtp", "x", Verbosity.low), false);
  const identities = new BufferPool(MAX_IDENTITY_BYTES);
  return new SmtpRecorder(
    new SmtpStats(metrics, null, false),
    new Identifier(Identities.plain, null),
    identities,
    new RecordFrame(),
  );
}

function record(): string {
  return FakeHost.properties.written.has(KEY) ? FakeHost.properties.written.get(KEY) : "";
}

/** A transaction whose sender and recipients have this address. */
function transact(one: SmtpRecorder, address: string, recipients: i32): void {
  one.commandAddressed(bytesOf(address));
  one.commandAnswered(Verb.mail, ReplyClass.success, 250);
  one.transactionStarted();
  for (let i = 0; i < recipients; i++) {
    one.commandAddressed(bytesOf(address));
    one.commandAnswered(Verb.rcpt, ReplyClass.success, 250);
    one.recipient(RecipientOutcome.accepted);
  }
  const message = new Message();
  message.bytes = u64.MAX_VALUE;
  one.messageSent(message, recipients);
  one.commitTimed(u64.MAX_VALUE);
  one.transactionEnded(Outcome.committed, u64.MAX_VALUE);
}

/** All else that a session can have in its record. */
function doEverything(one: SmtpRecorder): void {
  for (let verb = 0; verb < VERBS.length; verb++) {
    for (let i = 0; i < MANY; i++) {
      one.commandAnswered(verb, ReplyClass.success, 250);
      one.commandAnswered(verb, ReplyClass.permanent, 550);
    }
  }
  for (let kind = 0; kind < ANOMALIES.length; kind++) for (let i = 0; i < MANY; i++) one.anomaly(kind);
  one.bytes(From.client, i32.MAX_VALUE);
  one.bytes(From.server, i32.MAX_VALUE);
  one.tls(TlsEvent.offered);
  one.tls(TlsEvent.refused_4xx);
  one.authAttempted(Mechanism.oauthbearer);
  one.authEnded(Mechanism.oauthbearer, AuthResult.temporary);
  one.becameOpaque(OpaqueCause.tls_first);
  FakeHost.properties.setText("connection\0tls_version", "T".repeat(100));
  FakeHost.clock.advance(1_000_000_000_000);
}

/** A complete reply, with this code. */
function reply(one: SmtpRecorder, code: i32): void {
  const made = new Reply();
  made.code = code;
  one.replied(made, false);
}

describe("SmtpRecorder", () => {
  it("tells what a session did", () => {
    const one = recorder();
    one.sessionStarted();
    one.commandAnswered(Verb.connect, ReplyClass.success, 220);
    one.authAttempted(Mechanism.login);
    one.commandAnswered(Verb.auth, ReplyClass.intermediate, 334);
    one.authContinued();
    one.authEnded(Mechanism.login, AuthResult.success);
    one.authAttempted(Mechanism.plain);
    one.authEnded(Mechanism.plain, AuthResult.failure);
    one.commandAnswered(Verb.other, ReplyClass.permanent, 500);
    one.blankRefused();
    one.commandAddressed(bytesOf("jürg@b.example"));
    one.commandAnswered(Verb.mail, ReplyClass.success, 250);
    one.transactionStarted();
    one.commandAddressed(bytesOf("c@d.example"));
    one.commandAddressed(bytesOf("e@f.example"));
    one.commandAnswered(Verb.rcpt, ReplyClass.success, 250);
    one.recipient(RecipientOutcome.accepted);
    one.commandAnswered(Verb.rcpt, ReplyClass.permanent, 550);
    one.recipient(RecipientOutcome.rejected_5xx);
    one.commandAnswered(Verb.data, ReplyClass.intermediate, 354);
    one.messageSent(new Message(), 1);
    reply(one, 451);
    one.delivered(ReplyClass.transient);
    reply(one, 250);
    one.commandAnswered(Verb.eod, ReplyClass.success, 250);
    one.transactionEnded(Outcome.rejected, 5_000);
    one.commandAddressed(bytesOf(""));
    one.commandAnswered(Verb.mail, ReplyClass.success, 250);
    one.transactionStarted();
    reply(one, 452);
    one.repliedUnsolicited(452);
    one.commandUnanswered(Verb.quit);
    one.transactionEnded(Outcome.rejected, 6_000);
    one.sessionEnded(EndReason.client_close, Dialect.esmtp, 2, 0);
    expect(record()).toBe(
      '{"duration_us":0,"end":"client_close","dialect":"esmtp","greeting":220,' +
        '"commands":"mail=2 rcpt=1/2 data=1 quit=0/1 auth=1 commands=5/7","bytes":{"client":0,"server":0},' +
        '"auth":{"mechanism":"login","result":"success"},"transactions_total":2,"transactions":[' +
        '{"outcome":"rejected","from":"jürg@b.example","to":["c@d.example"],"recipients":"1/2","mode":"data","bytes":0,' +
        '"commit_us":0,"code":451,"duration_us":5},' +
        '{"outcome":"rejected","from":"","to":[],"recipients":"0/0","code":452,"duration_us":6}]}',
    );
  });

  it("shows no more than 64 addresses that wait for their replies", () => {
    const one = recorder();
    one.sessionStarted();
    for (let i = 0; i < 66; i++) one.commandAddressed(bytesOf("a@b.example"));
    one.commandAnswered(Verb.mail, ReplyClass.success, 250);
    one.transactionStarted();
    for (let i = 0; i < 65; i++) {
      one.commandAnswered(Verb.rcpt, ReplyClass.success, 250);
      one.recipient(RecipientOutcome.accepted);
    }
    one.transactionEnded(Outcome.aborted, 0);
    one.sessionEnded(EndReason.client_close, Dialect.esmtp, 1, 0);
    expect(record().split("a@b.example").length - 1).toBe(64);
    expect(record().includes('"a@b.example","",""],"recipients":"65/65"')).toBe(true, record());
  });

  it("leaves a record whatever happens, with the last transactions as there is room", () => {
    const addresses = ["", "a".repeat(320), "\x01".repeat(320), '"'.repeat(320), "a@b.example"];
    for (let i = 0; i < addresses.length; i++) {
      const one = recorder();
      one.sessionStarted();
      doEverything(one);
      for (let j = 0; j < 20; j++) transact(one, addresses[i], 40);
      one.sessionEnded(EndReason.upstream_unreachable, Dialect.none, 20, 0);
      expect(record().length).toBeLessThanOrEqual(MOST_BYTES, addresses[i]);
      const rest = record().indexOf('"transactions":[') + '"transactions":[]}'.length;
      expect(rest + MORE_DIGITS + TRANSACTION_BYTES).toBeLessThanOrEqual(MOST_BYTES);
      expect(rest).toBeGreaterThan(1_500);
      expect(record().includes('"transactions":[{"outcome":"committed","from":"')).toBe(true, addresses[i]);
      expect(record().endsWith("}]}")).toBe(true, addresses[i]);
    }
  });

  it("keeps the last transactions where not all fit", () => {
    const one = recorder();
    one.sessionStarted();
    for (let i = 0; i < 12; i++) transact(one, "s".repeat(150) + (10 + i).toString(), 0);
    one.sessionEnded(EndReason.quit, Dialect.esmtp, 12, 0);
    const shown = record();
    const alone = shown.split('"outcome"').length - 1;
    expect(shown.includes('"transactions":[{"outcome"')).toBe(true);

    one.sessionStarted();
    doEverything(one);
    for (let i = 0; i < 12; i++) transact(one, "s".repeat(150) + (10 + i).toString(), 0);
    one.sessionEnded(EndReason.quit, Dialect.esmtp, 12, 0);
    const crowded = record();
    const among = crowded.split('"outcome"').length - 1;
    expect(among).toBeGreaterThan(0);
    expect(among).toBeLessThan(alone);
    expect(crowded.includes('"transactions":[{"outcome"')).toBe(true);
    expect(crowded.includes("s21")).toBe(true);
    expect(crowded.includes("s" + (22 - among).toString() + '"')).toBe(true);
    expect(crowded.includes("s" + (21 - among).toString() + '"')).toBe(false);
  });

  it("cuts what is shown of a sender, and shows the recipients that fit beside it", () => {
    const one = recorder();
    one.sessionStarted();
    transact(one, "\x01".repeat(320), 3);
    one.sessionEnded(EndReason.quit, Dialect.esmtp, 1, 0);
    expect(record().includes('"from":"' + "\\u0001".repeat(106) + '","to":[],"recipients":"3/3"')).toBe(true);
    one.sessionStarted();
    transact(one, "a".repeat(320), 3);
    one.sessionEnded(EndReason.quit, Dialect.esmtp, 1, 0);
    const address = '"' + "a".repeat(320) + '"';
    const shown = '"from":' + address + ',"to":[' + address + "," + address + '],"recipients":"3/3"';
    expect(record().includes(shown)).toBe(true, record());
  });
});
