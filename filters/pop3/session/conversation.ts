import { Slice } from "../../../assembly/bytes/slice";
import { Command } from "../wire/commands";
import { Extension } from "../wire/extensions";
import { Code, codeOf, Maildrop, Status } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Access } from "./access";
import { Anomaly } from "./anomalies";
import { Capabilities } from "./capabilities";
import { Expectation, Expectations } from "./expectations";
import { MaildropUse } from "./maildrop";
import { Greeting, Retrieval, TlsEvent } from "./observer";
import { Reporter } from "./reporter";
import { isAnyState, isBeforeLogin } from "./states";

/** What a status line turned out to be. */
export const enum Answered {
  /** Nothing was owed. */
  nothing,
  /** The oldest expectation, and lines follow. */
  lines,
  /** The oldest expectation, finally. */
  whole,
}

/**
 * Commands and replies in their order: the meaning of a session without its bytes. Each command pushes an
 * expectation, each reply answers the oldest one.
 */
@final
export class Conversation {
  readonly expectations: Expectations = new Expectations();
  readonly access: Access;
  readonly maildrop: MaildropUse;
  readonly capabilities: Capabilities;

  isGreeted: bool = false;
  /** The greeting was -ERR. */
  isGreetingRefused: bool = false;
  /** A QUIT was answered; after -ERR, too, the server leaves (RFC 1939 §6). */
  isQuit: bool = false;
  /** UTF8 was answered +OK: names may lie outside ASCII. */
  allowsEightBit: bool = false;
  /** The last reply was +OK to an unknown command: lines may follow it. */
  mayHaveLines: bool = false;
  /** XTND XMIT was answered +OK: what the client sends is a message. */
  isTransmitting: bool = false;

  private lastReplyAt: u64 = 0;

  constructor(
    private readonly reporter: Reporter,
    private readonly pipelineLimit: u32,
  ) {
    this.access = new Access(reporter);
    this.maildrop = new MaildropUse(reporter);
    this.capabilities = new Capabilities(reporter);
  }

  /** A connection was accepted: the greeting is owed. False when the memory budget is spent. */
  begin(now: u64): bool {
    this.access.begin();
    this.maildrop.begin();
    this.capabilities.begin();
    this.isGreeted = false;
    this.isGreetingRefused = false;
    this.isQuit = false;
    this.allowsEightBit = false;
    this.mayHaveLines = false;
    this.isTransmitting = false;
    this.lastReplyAt = 0;
    return this.expectations.push(Verb.connect, now) !== null;
  }

  /** Whether one more command would exceed `limits.pipeline`. */
  get isFull(): bool {
    return this.expectations.length >= this.pipelineLimit;
  }

  /** A command or a line of an AUTH exchange was sent. Null when the memory budget is spent. */
  sent(verb: Verb, now: u64): Expectation | null {
    const fresh = this.expectations.push(verb, now);
    if (fresh === null) return null;
    this.reporter.observer.commandSent(verb);
    const depth = this.expectations.length;
    if (depth == 1) return fresh;
    this.reporter.observer.commandPipelined(depth);
    if (this.capabilities.isKnown && !this.capabilities.isOffered(Extension.pipelining)) {
      this.reporter.anomaly(Anomaly.pipeline_not_offered);
    }
    return fresh;
  }

  /** As `sent`, for a command line that was taken apart. */
  commanded(command: Command, now: u64): bool {
    const fresh = this.sent(command.verb, now);
    if (fresh === null) return false;
    fresh.isMultiline = command.isMultiline;
    fresh.isTransmit = command.isTransmit;
    const observer = this.reporter.observer;
    if (command.isLogin) {
      fresh.login = command.login;
      this.access.attempt(command.verb, command.login);
    }
    if (observer.wantsNames && !command.name.isEmpty) observer.userNamed(command.name);
    if (command.verb == Verb.stls) observer.tls(TlsEvent.requested);
    return true;
  }

  /** A status line came: `+OK`, `-ERR` or `+`. */
  replied(status: Status, line: Slice, now: u64): Answered {
    const head = this.expectations.head;
    this.mayHaveLines = false;
    if (head === null) {
      this.reporter.observer.repliedUnsolicited(status);
      if (status != Status.err) this.reporter.anomaly(Anomaly.reply_unmatched);
      return Answered.nothing;
    }
    if (status == Status.ok && head.isMultiline) {
      head.isBegun = true;
      return Answered.lines;
    }
    const code = status == Status.err ? codeOf(line) : Code.none;
    this.answer(head, status, code, now);
    this.settle(head, status, code, line);
    this.expectations.shift();
    return Answered.whole;
  }

  /** The lines of the oldest expectation are complete: so many octets without and with stuffing and dot line. */
  completed(bytes: u64, wireBytes: u64, now: u64): void {
    const head = this.expectations.head;
    if (head === null) return;
    const observer = this.reporter.observer;
    observer.linesPassed(head.verb, bytes, wireBytes);
    if (head.verb == Verb.retr) {
      this.maildrop.retrieved++;
      observer.retrievalEnded(Retrieval.complete);
      observer.messageRetrieved(bytes, wireBytes, now - max(head.sentAt, this.lastReplyAt));
      if (this.reporter.isInClear) observer.retrievedInClear(this.capabilities.everOfferedStls);
    }
    if (head.verb == Verb.capa) this.capabilities.accept();
    this.answer(head, Status.ok, Code.none, now);
    this.expectations.shift();
  }

  /** The lines of the oldest expectation will not be completed. */
  brokenOff(bytes: u64, wireBytes: u64): void {
    const head = this.expectations.head;
    if (head !== null) this.reporter.observer.linesPassed(head.verb, bytes, wireBytes);
  }

  /** The server's first octets are not those of POP3; it counts as a reply of class other. */
  greetedInvalidly(): void {
    this.isGreeted = true;
    this.reporter.observer.greeted(Greeting.invalid);
    if (this.expectations.head === null) return;
    this.reporter.observer.commandAnswered(Verb.connect, Status.none, Code.none);
    this.expectations.shift();
  }

  /** Commands that were not answered; for the end of a session (`isRead`) or of reading it. */
  abandon(isRead: bool): void {
    const observer = this.reporter.observer;
    this.access.abandonExchange();
    let hasQuit = false;
    for (let owed = this.expectations.head; owed !== null; owed = this.expectations.head) {
      observer.commandUnanswered(owed.verb);
      if (owed.verb == Verb.pass || owed.verb == Verb.apop) this.access.abandon(owed.login);
      else if (owed.verb == Verb.retr)
        observer.retrievalEnded(owed.isBegun ? Retrieval.interrupted : Retrieval.unanswered);
      else if (owed.verb == Verb.quit) hasQuit = true;
      this.expectations.shift();
    }
    this.maildrop.abandon(isRead && !hasQuit);
  }

  private answer(head: Expectation, status: Status, code: Code, now: u64): void {
    const observer = this.reporter.observer;
    observer.commandAnswered(head.verb, status, code);
    observer.commandTimed(head.verb, now - head.sentAt, now - max(head.sentAt, this.lastReplyAt));
    this.lastReplyAt = now;
  }

  /** What the reply to each kind of command means. */
  private settle(head: Expectation, status: Status, code: Code, line: Slice): void {
    const isAccepted = status == Status.ok;
    this.checkState(head.verb, isAccepted);
    switch (head.verb) {
      case Verb.connect:
        this.isGreeted = true;
        this.isGreetingRefused = !isAccepted;
        this.reporter.observer.greeted(isAccepted ? Greeting.ok : Greeting.err);
        return;
      case Verb.pass:
      case Verb.apop:
        this.access.answered(head.login, status, code);
        return;
      case Verb.auth:
      case Verb.auth_response:
        this.access.exchanged(status, code);
        return;
      case Verb.stls:
        this.reporter.observer.tls(isAccepted ? TlsEvent.accepted : TlsEvent.refused);
        return;
      case Verb.retr:
        this.reporter.observer.retrievalEnded(Retrieval.refused);
        return;
      case Verb.quit:
        this.isQuit = true;
        this.maildrop.quit(status);
        return;
      case Verb.other:
        this.reporter.anomaly(Anomaly.unknown_command);
        this.mayHaveLines = isAccepted;
        this.isTransmitting = isAccepted && head.isTransmit;
        return;
      default:
        if (isAccepted) this.accepted(head.verb, line);
    }
  }

  /** What is left to say of the commands whose +OK moves something. */
  private accepted(verb: Verb, line: Slice): void {
    if (verb == Verb.dele) this.maildrop.mark();
    else if (verb == Verb.rset) this.maildrop.reset();
    else if (verb == Verb.utf8) this.allowsEightBit = true;
    else if (verb == Verb.stat && MAILDROP.read(line)) {
      this.reporter.observer.maildropSized(MAILDROP.messages, MAILDROP.octets);
    }
  }

  /** A command was refused in a state that does not know it (RFC 1939 §3). */
  private checkState(verb: Verb, isAccepted: bool): void {
    if (isAccepted || isAnyState(verb) || isBeforeLogin(verb) != this.access.isGranted) return;
    this.reporter.anomaly(Anomaly.wrong_state);
  }
}

/** Scratch: the answer to STAT. */
const MAILDROP = new Maildrop();
