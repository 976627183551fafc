import { FilterState, Host, StreamInfo } from "../../../assembly";
import { BufferPool } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { From } from "../../shared/session/peers";
import { AUTH_RESULTS, DIALECTS, END_REASONS, OPAQUE_CAUSES, TLS_EVENTS } from "../labels";
import { ANOMALIES, Anomaly } from "../session/anomalies";
import { Message } from "../session/message";
import {
  AuthResult,
  Dialect,
  EndReason,
  OpaqueCause,
  Outcome,
  RecipientOutcome,
  TlsEvent,
} from "../session/observer";
import { namesAddress } from "../session/states";
import { SmtpStats } from "../stats";
import { Mechanism, MECHANISMS } from "../wire/mechanisms";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { AddressQueue } from "./addressqueue";
import { CommandBook } from "./book";
import { Identifier, Identities } from "../../shared/record/identities";
import { writeForeign, writeKey, writeWord } from "../../shared/record/json";
import { TransactionLog } from "./transactions";

/** `%FILTER_STATE(wasm.heirloom.smtp:PLAIN)%` */
const FILTER_STATE_KEY: string = "heirloom.smtp";

/** Octets of a record (metrics.md, "Access-log record"). */
const MAX_RECORD_BYTES: i32 = 4_096;

/** A session whose record is older than this shows its transactions before it ends. */
const REFRESH_AFTER: u64 = 10_000_000_000;

const NANOSECONDS_PER_MICROSECOND: u64 = 1_000;
const COMMA: u8 = 0x2c;
const NONE: i32 = -1;

/** Statistics of one session that also keep its record for the access log. */
export class SmtpRecorder extends SmtpStats {
  private readonly commands: CommandBook = new CommandBook();
  private readonly transactions: TransactionLog = new TransactionLog();
  private readonly addresses: AddressQueue;
  /** What is shown of the address of the MAIL or RCPT that was just answered. */
  private readonly address: Slice = new Slice();

  private startedAt: u64 = 0;
  private publishedAt: u64 = 0;
  private started: u32 = 0;
  private greetingCode: i32 = 0;
  private opaqueCause: i32 = NONE;
  private clientBytes: u64 = 0;
  private serverBytes: u64 = 0;
  /** Last `TlsEvent` of STARTTLS. */
  private starttls: i32 = NONE;
  private isTlsOffered: bool = false;
  private mechanism: i32 = NONE;
  private authResult: i32 = NONE;
  /** The verb whose exchange is under way. */
  private authVerb: Verb = Verb.auth;
  /** Kinds that occurred, as bits. */
  private anomalies: u64 = 0;

  constructor(shared: SmtpStats, identifier: Identifier, identities: BufferPool) {
    super(shared.metrics, shared.thresholds, true);
    this.addresses = new AddressQueue(identifier, identities);
    this.wantsAddresses = identifier.mode != Identities.omit;
  }

  bytes(from: From, count: i32): void {
    super.bytes(from, count);
    if (from == From.client) this.clientBytes += <u64>count;
    else this.serverBytes += <u64>count;
  }

  sessionStarted(): void {
    super.sessionStarted();
    this.commands.clear();
    this.transactions.clear();
    this.startedAt = Host.clock.now();
    this.publishedAt = this.startedAt;
    this.started = 0;
    this.greetingCode = 0;
    this.opaqueCause = NONE;
    this.clientBytes = 0;
    this.serverBytes = 0;
    this.starttls = NONE;
    this.isTlsOffered = false;
    this.mechanism = NONE;
    this.authResult = NONE;
    this.anomalies = 0;
  }

  sessionEnded(reason: EndReason, dialect: Dialect, transactions: u32, duration: u64): void {
    super.sessionEnded(reason, dialect, transactions, duration);
    this.publish(reason, dialect);
    this.addresses.clear();
  }

  becameOpaque(cause: OpaqueCause): void {
    super.becameOpaque(cause);
    this.opaqueCause = cause;
  }

  commandAddressed(address: Slice): void {
    this.addresses.push(address);
  }

  commandAnswered(verb: Verb, replyClass: ReplyClass, code: i32): void {
    super.commandAnswered(verb, replyClass, code);
    this.commands.answered(verb, replyClass);
    if (replyClass == ReplyClass.transient || replyClass == ReplyClass.permanent)
      this.transactions.refused(verb, code);
    if (verb == Verb.connect) this.greetingCode = code;
    else if (verb == Verb.auth || verb == Verb.x_exps) this.authVerb = verb;
    if (!this.wantsAddresses || !namesAddress(verb)) return;
    this.address.copyOf(this.addresses.shift());
  }

  blankRefused(): void {
    this.commands.forgetBlank();
  }

  commandUnanswered(verb: Verb): void {
    super.commandUnanswered(verb);
    this.commands.unanswered(verb);
  }

  replied(reply: Reply, hasStatus: bool): void {
    super.replied(reply, hasStatus);
    this.commands.replied(reply.code);
    this.transactions.replied(reply.code);
  }

  transactionStarted(): void {
    super.transactionStarted();
    this.started++;
    this.transactions.begin(this.address);
  }

  transactionEnded(outcome: Outcome, duration: u64): void {
    super.transactionEnded(outcome, duration);
    this.transactions.end(outcome, duration / NANOSECONDS_PER_MICROSECOND, this.wantsAddresses);
    if (Host.clock.now() - this.publishedAt >= REFRESH_AFTER) this.publish(NONE, NONE);
  }

  recipient(outcome: RecipientOutcome): void {
    super.recipient(outcome);
    this.transactions.addRecipient(outcome, this.address);
  }

  messageSent(message: Message, recipients: i32): void {
    super.messageSent(message, recipients);
    this.transactions.sent(message);
  }

  commitTimed(duration: u64): void {
    super.commitTimed(duration);
    this.transactions.committed(duration / NANOSECONDS_PER_MICROSECOND);
  }

  authAttempted(mechanism: Mechanism): void {
    super.authAttempted(mechanism);
    // Whatever is tried later is refused, and the session stays what it is.
    if (this.authResult == AuthResult.success) return;
    this.mechanism = mechanism;
    this.authResult = NONE;
  }

  authEnded(mechanism: Mechanism, result: AuthResult): void {
    super.authEnded(mechanism, result);
    if (this.authResult != AuthResult.success) this.authResult = result;
  }

  authContinued(): void {
    this.commands.authenticated(this.authVerb);
  }

  tls(event: TlsEvent): void {
    super.tls(event);
    if (event == TlsEvent.offered) this.isTlsOffered = true;
    else if (event <= TlsEvent.refused_5xx) this.starttls = event;
  }

  anomaly(kind: Anomaly): void {
    super.anomaly(kind);
    this.anomalies |= (<u64>1) << (<u64>kind);
  }

  /** Leaves the record for the access log. `reason`, `dialect`: NONE while the session goes on. */
  private publish(reason: i32, dialect: i32): void {
    const now = Host.clock.now();
    this.publishedAt = now;
    const text = RECORD.clear().byte(0x7b);
    writeKey(text, "duration_us").unsigned((now - this.startedAt) / NANOSECONDS_PER_MICROSECOND);
    if (reason != NONE) writeWord(writeKey(text.byte(COMMA), "end"), unchecked(END_REASONS[reason]));
    if (dialect != NONE) writeWord(writeKey(text.byte(COMMA), "dialect"), unchecked(DIALECTS[dialect]));
    const cause = this.opaqueCause;
    if (cause != NONE) writeWord(writeKey(text.byte(COMMA), "opaque"), unchecked(OPAQUE_CAUSES[cause]));
    writeKey(text.byte(COMMA), "greeting").unsigned(<u64>this.greetingCode);
    this.commands.write(writeKey(text.byte(COMMA), "commands").byte(0x22));
    text.byte(0x22);
    writeKey(text.byte(COMMA), "bytes").string('{"client":').unsigned(this.clientBytes);
    text.string(',"server":').unsigned(this.serverBytes).byte(0x7d);
    this.writeTls(text);
    this.writeAuth(text);
    this.writeAnomalies(text);
    writeKey(text.byte(COMMA), "transactions_total").unsigned(this.started);
    writeKey(text.byte(COMMA), "transactions").byte(0x5b);
    this.transactions.write(text);
    text.string("]}");
    if (!text.truncated) FilterState.set(FILTER_STATE_KEY, text.toSlice(SHOWN));
  }

  private writeTls(text: Text): void {
    const version = StreamInfo.tlsVersion();
    if (version !== null && !version.isEmpty) writeForeign(writeKey(text.byte(COMMA), "tls"), version);
    if (this.isTlsOffered) writeKey(text.byte(COMMA), "starttls_offered").string("true");
    const starttls = this.starttls;
    if (starttls != NONE) writeWord(writeKey(text.byte(COMMA), "starttls"), unchecked(TLS_EVENTS[starttls]));
  }

  private writeAuth(text: Text): void {
    if (this.mechanism == NONE) return;
    writeKey(text.byte(COMMA), "auth").byte(0x7b);
    writeWord(writeKey(text, "mechanism"), unchecked(MECHANISMS[this.mechanism]));
    const result = this.authResult;
    if (result != NONE) writeWord(writeKey(text.byte(COMMA), "result"), unchecked(AUTH_RESULTS[result]));
    text.byte(0x7d);
  }

  private writeAnomalies(text: Text): void {
    if (this.anomalies == 0) return;
    writeKey(text.byte(COMMA), "anomalies").byte(0x5b);
    for (let rest = this.anomalies; rest != 0; rest &= rest - 1) {
      writeWord(text, unchecked(ANOMALIES[<i32>ctz(rest)]));
      if ((rest & (rest - 1)) != 0) text.byte(COMMA);
    }
    text.byte(0x5d);
  }
}

/** Scratch: the record at hand. */
const RECORD = Text.ofCapacity(MAX_RECORD_BYTES);
const SHOWN = new Slice();
