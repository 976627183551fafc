import { Buffer } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { NONE, RecordFrame, writeLabel } from "../../shared/record/frame";
import { Identifier, Identities, MAX_IDENTITY_BYTES } from "../../shared/record/identities";
import { writeForeign, writeKey, writeWord } from "../../shared/record/json";
import { From } from "../../shared/session/peers";
import {
  DELETIONS,
  END_REASONS,
  GREETINGS,
  LOGIN_RESULTS,
  OPAQUE_CAUSES,
  OUTCOMES,
  TLS_EVENTS,
} from "../labels";
import { ANOMALIES, Anomaly } from "../session/anomalies";
import {
  Deletion,
  EndReason,
  Greeting,
  LoginResult,
  OpaqueCause,
  Outcome,
  TlsEvent,
} from "../session/observer";
import { Pop3Stats } from "../stats";
import { Login, LOGINS } from "../wire/logins";
import { Code, Status } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { CommandBook } from "./book";

/** `%FILTER_STATE(wasm.heirloom.pop3:PLAIN)%` */
const FILTER_STATE_KEY: string = "heirloom.pop3";

/** Octets of one kind of message that passed. */
class Passed {
  bytes: u64 = 0;
  wireBytes: u64 = 0;

  clear(): void {
    this.bytes = 0;
    this.wireBytes = 0;
  }

  add(bytes: u64, wireBytes: u64): void {
    this.bytes += bytes;
    this.wireBytes += wireBytes;
  }

  write(text: Text, key: string, messages: u32): void {
    if (messages == 0 && this.wireBytes == 0) return;
    writeKey(text, key).byte(0x7b);
    writeKey(text, "messages").unsigned(<u64>messages);
    writeKey(text, "bytes").unsigned(this.bytes);
    writeKey(text, "wire_bytes").unsigned(this.wireBytes);
    text.byte(0x7d);
  }
}

/** Statistics of one session that also keep its record for the access log. */
export class Pop3Recorder extends Pop3Stats {
  private readonly commands: CommandBook = new CommandBook();
  private readonly retrieved: Passed = new Passed();
  private readonly previewed: Passed = new Passed();
  /** What is shown of the name that the client gave last. */
  private readonly user: Buffer = new Buffer(MAX_IDENTITY_BYTES);

  private greeting: i32 = NONE;
  private mechanism: i32 = NONE;
  private result: i32 = NONE;
  /** Last `TlsEvent` of STLS. */
  private stls: i32 = NONE;
  private isStlsOffered: bool = false;
  private hasMaildrop: bool = false;
  private messages: u64 = 0;
  private octets: u64 = 0;
  private deletion: i32 = NONE;
  private deleted: u32 = 0;

  constructor(
    shared: Pop3Stats,
    private readonly identifier: Identifier,
    private readonly frame: RecordFrame,
  ) {
    super(shared.metrics, shared.thresholds);
    this.wantsNames = identifier.mode != Identities.omit;
  }

  bytes(from: From, count: i32): void {
    super.bytes(from, count);
    this.frame.passed(from, count);
  }

  sessionStarted(): void {
    super.sessionStarted();
    this.frame.begin();
    this.commands.clear();
    this.retrieved.clear();
    this.previewed.clear();
    this.user.length = 0;
    this.greeting = NONE;
    this.mechanism = NONE;
    this.result = NONE;
    this.stls = NONE;
    this.isStlsOffered = false;
    this.hasMaildrop = false;
    this.deletion = NONE;
    this.deleted = 0;
  }

  sessionEnded(reason: EndReason, outcome: Outcome, retrievals: u32, duration: u64): void {
    super.sessionEnded(reason, outcome, retrievals, duration);
    this.publish(reason, outcome);
  }

  becameOpaque(cause: OpaqueCause): void {
    super.becameOpaque(cause);
    this.frame.opaqueCause = cause;
  }

  greeted(greeting: Greeting): void {
    super.greeted(greeting);
    this.greeting = greeting;
  }

  commandAnswered(verb: Verb, status: Status, code: Code): void {
    super.commandAnswered(verb, status, code);
    this.commands.answered(verb, status);
    if (this.frame.isStale) this.publish(NONE, NONE);
  }

  commandUnanswered(verb: Verb): void {
    super.commandUnanswered(verb);
    this.commands.unanswered(verb);
  }

  userNamed(name: Slice): void {
    this.identifier.show(name, this.user);
  }

  loginAttempted(login: Login): void {
    super.loginAttempted(login);
    // Whatever is tried later is refused, and the session stays what it is.
    if (this.result == LoginResult.success) return;
    this.mechanism = login;
    this.result = NONE;
  }

  loginEnded(login: Login, result: LoginResult): void {
    super.loginEnded(login, result);
    if (this.result != LoginResult.success) this.result = result;
  }

  tls(event: TlsEvent): void {
    super.tls(event);
    if (event == TlsEvent.offered) this.isStlsOffered = true;
    else if (event <= TlsEvent.refused) this.stls = event;
  }

  maildropSized(messages: u64, octets: u64): void {
    super.maildropSized(messages, octets);
    this.hasMaildrop = true;
    this.messages = messages;
    this.octets = octets;
  }

  linesPassed(verb: Verb, bytes: u64, wireBytes: u64): void {
    super.linesPassed(verb, bytes, wireBytes);
    if (verb == Verb.retr) this.retrieved.add(bytes, wireBytes);
    else if (verb == Verb.top) this.previewed.add(bytes, wireBytes);
  }

  deletionsEnded(deletion: Deletion, count: u32): void {
    super.deletionsEnded(deletion, count);
    if (deletion == Deletion.reset) return;
    this.deletion = deletion;
    this.deleted = count;
  }

  anomaly(kind: Anomaly): void {
    super.anomaly(kind);
    this.frame.noteAnomaly(kind);
  }

  /** Leaves the record for the access log. `reason`, `outcome`: NONE while the session goes on. */
  private publish(reason: i32, outcome: i32): void {
    const frame = this.frame;
    const text = frame.open(reason == NONE ? null : unchecked(END_REASONS[reason]));
    writeLabel(text, "outcome", OUTCOMES, outcome);
    writeLabel(text, "opaque", OPAQUE_CAUSES, frame.opaqueCause);
    writeLabel(text, "greeting", GREETINGS, this.greeting);
    this.commands.write(writeKey(text, "commands").byte(0x22));
    text.byte(0x22);
    frame.writeBytes(text);
    frame.writeTls(text);
    if (this.isStlsOffered) writeKey(text, "stls_offered").string("true");
    writeLabel(text, "stls", TLS_EVENTS, this.stls);
    this.writeAuth(text);
    this.writeMaildrop(text);
    this.retrieved.write(text, "retrieved", this.commands.accepted(Verb.retr));
    this.previewed.write(text, "previewed", this.commands.accepted(Verb.top));
    this.writeDeletions(text);
    frame.writeAnomalies(text, ANOMALIES);
    frame.publish(text, FILTER_STATE_KEY);
  }

  private writeAuth(text: Text): void {
    if (this.mechanism == NONE) return;
    writeKey(text, "auth").byte(0x7b);
    writeWord(writeKey(text, "mechanism"), unchecked(LOGINS[this.mechanism]));
    writeLabel(text, "result", LOGIN_RESULTS, this.result);
    if (this.user.length > 0)
      writeForeign(writeKey(text, "user"), SHOWN.set(this.user.pointer, this.user.length));
    text.byte(0x7d);
  }

  private writeMaildrop(text: Text): void {
    if (!this.hasMaildrop) return;
    writeKey(text, "maildrop").byte(0x7b);
    writeKey(text, "messages").unsigned(this.messages);
    writeKey(text, "bytes").unsigned(this.octets);
    text.byte(0x7d);
  }

  private writeDeletions(text: Text): void {
    if (this.deletion == NONE) return;
    writeKey(text, "deletions").byte(0x7b);
    writeKey(text, unchecked(DELETIONS[this.deletion])).unsigned(<u64>this.deleted);
    text.byte(0x7d);
  }
}

/** Scratch: the name at hand. */
const SHOWN = new Slice();
