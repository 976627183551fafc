import { BufferPool } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { NANOSECONDS_PER_MICROSECOND } from "../../../assembly";
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
import { Mechanism, MECHANISMS } from "../../shared/wire/mechanisms";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { AddressQueue } from "./addressqueue";
import { CommandBook } from "./book";
import { Identifier, Identities } from "../../shared/record/identities";
import { writeKey, writeWord } from "../../shared/record/json";
import { NONE, RecordFrame, writeLabel } from "../../shared/record/frame";
import { TransactionLog } from "./transactions";

/** `%FILTER_STATE(wasm.heirloom.smtp:PLAIN)%` */
const FILTER_STATE_KEY: string = "heirloom.smtp";

/** Statistics of one session that also keep its record for the access log. */
export class SmtpRecorder extends SmtpStats {
  private readonly commands: CommandBook = new CommandBook();
  private readonly transactions: TransactionLog = new TransactionLog();
  private readonly addresses: AddressQueue;
  /** What is shown of the address of the MAIL or RCPT that was just answered. */
  private readonly address: Slice = new Slice();

  private started: u32 = 0;
  private greetingCode: i32 = 0;
  /** Last `TlsEvent` of STARTTLS. */
  private starttls: i32 = NONE;
  private isTlsOffered: bool = false;
  private mechanism: i32 = NONE;
  private authResult: i32 = NONE;
  /** The verb whose exchange is under way. */
  private authVerb: Verb = Verb.auth;

  constructor(
    shared: SmtpStats,
    identifier: Identifier,
    identities: BufferPool,
    private readonly frame: RecordFrame,
  ) {
    super(shared.metrics, shared.thresholds, true);
    this.addresses = new AddressQueue(identifier, identities);
    this.wantsAddresses = identifier.mode != Identities.omit;
  }

  bytes(from: From, count: i32): void {
    super.bytes(from, count);
    this.frame.passed(from, count);
  }

  sessionStarted(): void {
    super.sessionStarted();
    this.frame.begin();
    this.commands.clear();
    this.transactions.clear();
    this.started = 0;
    this.greetingCode = 0;
    this.starttls = NONE;
    this.isTlsOffered = false;
    this.mechanism = NONE;
    this.authResult = NONE;
  }

  sessionEnded(reason: EndReason, dialect: Dialect, transactions: u32, duration: u64): void {
    super.sessionEnded(reason, dialect, transactions, duration);
    this.publish(reason, dialect);
    this.addresses.clear();
  }

  becameOpaque(cause: OpaqueCause): void {
    super.becameOpaque(cause);
    this.frame.opaqueCause = cause;
  }

  commandAddressed(address: Slice): void {
    this.addresses.push(address);
  }

  commandAnswered(verb: Verb, replyClass: ReplyClass, code: i32): void {
    super.commandAnswered(verb, replyClass, code);
    this.commands.answered(verb, replyClass);
    this.transactions.answered(verb, replyClass);
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

  repliedUnsolicited(code: i32): void {
    super.repliedUnsolicited(code);
    this.transactions.repliedUnsolicited();
  }

  transactionStarted(): void {
    super.transactionStarted();
    this.started++;
    this.transactions.begin(this.address);
  }

  transactionEnded(outcome: Outcome, duration: u64): void {
    super.transactionEnded(outcome, duration);
    this.transactions.end(outcome, duration / NANOSECONDS_PER_MICROSECOND, this.wantsAddresses);
    if (this.frame.isStale) this.publish(NONE, NONE);
  }

  recipient(outcome: RecipientOutcome): void {
    super.recipient(outcome);
    this.transactions.addRecipient(outcome, this.address);
  }

  delivered(replyClass: ReplyClass): void {
    super.delivered(replyClass);
    this.transactions.delivered(replyClass);
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
    this.frame.noteAnomaly(kind);
  }

  /** Leaves the record for the access log. `reason`, `dialect`: NONE while the session goes on. */
  private publish(reason: i32, dialect: i32): void {
    const frame = this.frame;
    const text = frame.open(reason == NONE ? null : unchecked(END_REASONS[reason]));
    writeLabel(text, "dialect", DIALECTS, dialect);
    writeLabel(text, "opaque", OPAQUE_CAUSES, frame.opaqueCause);
    writeKey(text, "greeting").unsigned(<u64>this.greetingCode);
    this.commands.write(writeKey(text, "commands").byte(0x22));
    text.byte(0x22);
    frame.writeBytes(text);
    frame.writeTls(text);
    if (this.isTlsOffered) writeKey(text, "starttls_offered").string("true");
    writeLabel(text, "starttls", TLS_EVENTS, this.starttls);
    this.writeAuth(text);
    frame.writeAnomalies(text, ANOMALIES);
    writeKey(text, "transactions_total").unsigned(this.started);
    // Last, as they take what room is left.
    writeKey(text, "transactions").byte(0x5b);
    this.transactions.write(text);
    text.byte(0x5d);
    frame.publish(text, FILTER_STATE_KEY);
  }

  private writeAuth(text: Text): void {
    if (this.mechanism == NONE) return;
    writeKey(text, "auth").byte(0x7b);
    writeWord(writeKey(text, "mechanism"), unchecked(MECHANISMS[this.mechanism]));
    writeLabel(text, "result", AUTH_RESULTS, this.authResult);
    text.byte(0x7d);
  }
}
