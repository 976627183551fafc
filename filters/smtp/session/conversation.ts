import { Command, Parameter } from "../wire/commands";
import { Extension } from "../wire/extensions";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { AuthExchange } from "./auth";
import { Envelopes } from "./envelopes";
import { Expectation, Expectations } from "./expectations";
import { Hello, Speaks } from "./hello";
import { Message, MessageMode } from "./message";
import { AbortCause, Greeting, RecipientOutcome, TlsEvent } from "./observer";
import { checkReply, carriesStatus } from "./replychecks";
import { Reporter } from "./reporter";
import { namesAddress, resets, waitsAlone } from "./states";

/** What a reply turned out to answer. */
export const enum Answered {
  /** Nothing was owed. */
  nothing,
  /** The oldest expectation, which goes on waiting (LMTP, PRDR: more replies to one end of data). */
  part,
  /** The oldest expectation, finally; `Conversation.answeredVerb` says which. */
  whole,
}

/**
 * Commands and replies in their order: the meaning of a session without its bytes. Each command pushes an
 * expectation, each reply answers the oldest one.
 */
@final
export class Conversation {
  readonly expectations: Expectations = new Expectations();
  readonly hello: Hello;
  readonly auth: AuthExchange;
  readonly envelopes: Envelopes;

  /** After `Answered.whole`: what was answered. */
  answeredVerb: Verb = Verb.connect;
  /** The code of the last reply, 0 before any. */
  lastCode: i32 = 0;
  /** A greeting of 4xx or 5xx. */
  isGreetingRefused: bool = false;
  isGreeted: bool = false;
  /** A QUIT was answered 2xx. */
  isQuit: bool = false;
  /** A DATA was answered 3xx, and its end of data not yet. */
  hasGoAhead: bool = false;

  private lastReplyAt: u64 = 0;
  /** Expectations of commands that must be the last of their group (RFC 2920 §3.1), hellos apart. */
  private blockers: u32 = 0;
  private lastHello: Expectation | null = null;

  constructor(
    private readonly reporter: Reporter,
    speaks: Speaks,
    private readonly pipelineLimit: u32,
  ) {
    this.hello = new Hello(reporter, speaks);
    this.auth = new AuthExchange(reporter);
    this.envelopes = new Envelopes(reporter);
  }

  /** A connection was accepted: the greeting is owed. False when the memory budget is spent. */
  begin(now: u64): bool {
    this.hello.begin();
    this.auth.begin();
    this.envelopes.begin();
    this.lastCode = 0;
    this.isGreetingRefused = false;
    this.isGreeted = false;
    this.isQuit = false;
    this.hasGoAhead = false;
    this.lastReplyAt = 0;
    this.blockers = 0;
    this.lastHello = null;
    return this.expectations.push(Verb.connect, now) !== null;
  }

  /** Whether one more command would exceed `limits.pipeline`. */
  get isFull(): bool {
    return this.expectations.length >= this.pipelineLimit;
  }

  /** A command or pseudo-command was sent. Null when the memory budget is spent. */
  sent(verb: Verb, now: u64): Expectation | null {
    const isBehindHello = this.lastHello !== null;
    const fresh = this.expectations.push(verb, now);
    if (fresh === null) return null;
    this.reporter.observer.commandSent(verb);
    if (this.expectations.length > 1) this.pipelined(verb, isBehindHello);
    if (isHello(verb)) this.lastHello = fresh;
    else if (waitsAlone(verb)) this.blockers++;
    return fresh;
  }

  /** As `sent`, for a command line that was taken apart. */
  commanded(command: Command, now: u64): Expectation | null {
    const fresh = this.sent(command.verb, now);
    if (fresh === null) return null;
    fresh.parameters = command.parameters;
    fresh.size = command.size;
    fresh.mechanism = command.mechanism;
    fresh.hasNullSender = command.hasNullSender;
    fresh.isBlank = command.isBlank;
    fresh.isLast = command.isLast;
    this.makeDue();
    if (this.reporter.observer.wantsAddresses && namesAddress(command.verb)) {
      this.reporter.observer.commandAddressed(command.address);
    }
    if (command.verb == Verb.auth || command.verb == Verb.x_exps) this.auth.attempt(command.mechanism);
    return fresh;
  }

  /** The end of the data of DATA was sent; `bytes` and `wireBytes` as in `Message`. */
  endOfData(bytes: u64, wireBytes: u64, now: u64): bool {
    const fresh = this.sent(Verb.eod, now);
    if (fresh === null) return false;
    fresh.size = bytes;
    fresh.wireSize = wireBytes;
    this.makeDue();
    return true;
  }

  /** A complete reply. */
  replied(reply: Reply, now: u64): Answered {
    const head = this.expectations.head;
    const verb = head === null ? Verb.other : head.verb;
    this.lastCode = reply.code;
    this.reporter.observer.replied(reply, carriesStatus(reply) && !isGreetingOrHello(verb));
    checkReply(reply, isGreetingOrHello(verb), this.reporter);
    if (head === null) {
      this.reporter.observer.repliedUnsolicited(reply.code);
      if (reply.code != 421) this.reporter.anomaly(Anomaly.reply_unmatched);
      return Answered.nothing;
    }
    const answered = this.answer(head, reply, now);
    this.lastReplyAt = now;
    return answered;
  }

  /** The server's first octets are not those of SMTP; it counts as a reply of class other. */
  greetedInvalidly(): void {
    this.isGreeted = true;
    this.reporter.observer.greeted(Greeting.invalid);
    const head = this.expectations.head;
    if (head === null) return;
    this.reporter.observer.commandAnswered(Verb.connect, ReplyClass.other, 0);
    this.expectations.shift();
  }

  /** Commands that were not answered, and what they were about; for the end of a session or of reading it. */
  abandon(cause: AbortCause, now: u64): void {
    const recipientsOwed = this.owesRecipients();
    this.envelopes.breakOff(cause, now, this.wasEndOfDataSent(recipientsOwed), recipientsOwed);
    this.auth.abandon();
    for (let owed = this.expectations.head; owed !== null; owed = this.expectations.head) {
      if (!owed.isAnswered) this.reporter.observer.commandUnanswered(owed.verb);
      if (owed.verb == Verb.rcpt) this.reporter.observer.recipient(RecipientOutcome.unanswered);
      this.countBadOrder(owed);
      this.expectations.shift();
    }
    this.lastHello = null;
    this.blockers = 0;
    this.hasGoAhead = false;
  }

  private answer(head: Expectation, reply: Reply, now: u64): Answered {
    if (head.endsMessage) {
      if (reply.code == 353 && !head.isAnswered && !head.isPerRecipient && this.wantsPerRecipient) {
        head.isPerRecipient = true;
        head.remaining = this.envelopes.recipients + 1;
        return Answered.part;
      }
      if (this.hello.isLmtp || (head.isPerRecipient && head.remaining > 1))
        this.envelopes.deliveryAnswered(reply);
      const isCounted = head.isPerRecipient ? head.remaining == 1 : !head.isAnswered;
      if (isCounted) this.count(head, reply, now);
      if (--head.remaining > 0) return Answered.part;
    } else {
      this.count(head, reply, now);
    }
    this.settle(head, reply, now);
    this.shift(head);
    return Answered.whole;
  }

  /** PRDR (rule 16): only when that MAIL asked for it. */
  private get wantsPerRecipient(): bool {
    const transaction = this.envelopes.transaction;
    return transaction.isOpen && (transaction.parameters & Parameter.prdr) != 0 && transaction.accepted > 0;
  }

  private count(head: Expectation, reply: Reply, now: u64): void {
    const observer = this.reporter.observer;
    head.isAnswered = true;
    observer.commandAnswered(head.verb, reply.replyClass, reply.code);
    if (head.endsMessage && head.verb != Verb.burl) observer.commitTimed(now - head.sentAt);
    if (!observer.timesCommands) return;
    observer.commandTimed(head.verb, now - head.sentAt, now - max(head.sentAt, this.lastReplyAt));
  }

  private shift(head: Expectation): void {
    this.answeredVerb = head.verb;
    if (head === this.lastHello) this.lastHello = null;
    else if (waitsAlone(head.verb)) this.blockers--;
    this.expectations.shift();
    this.makeDue();
  }

  /** What the final reply to each kind of command means. */
  private settle(head: Expectation, reply: Reply, now: u64): void {
    const accepted = reply.replyClass == ReplyClass.success;
    switch (head.verb) {
      case Verb.connect:
        this.greeted(reply);
        return;
      case Verb.helo:
      case Verb.ehlo:
      case Verb.lhlo:
        this.helloAnswered(head, reply, now);
        return;
      case Verb.mail:
      case Verb.send:
        this.envelopes.mailAnswered(head, reply, now);
        if (!accepted) this.countEightBit(head);
        return;
      case Verb.rcpt:
        this.envelopes.rcptAnswered(head, reply);
        return;
      case Verb.data:
        this.envelopes.dataAnswered(reply.replyClass);
        this.hasGoAhead = reply.replyClass == ReplyClass.intermediate;
        return;
      case Verb.eod:
        this.hasGoAhead = false;
        this.envelopes.endOfDataAnswered(reply.replyClass, now);
        return;
      case Verb.bdat:
        this.envelopes.bdatAnswered(head, this.hello.isOffered(Extension.chunking));
        if (accepted) this.reporter.usedOnce(Extension.chunking);
        this.contentAnswered(head, reply, now);
        return;
      case Verb.burl:
        if (accepted) this.envelopes.burlAccepted();
        this.contentAnswered(head, reply, now);
        return;
      case Verb.auth:
      case Verb.x_exps:
        if (this.envelopes.transaction.isOpen) this.reporter.anomaly(Anomaly.auth_in_transaction);
        if (this.auth.hasSucceeded) this.reporter.anomaly(Anomaly.auth_twice);
        this.authAnswered(reply);
        return;
      case Verb.auth_response:
        this.authAnswered(reply);
        if (accepted) this.reporter.observer.authContinued();
        return;
      case Verb.starttls:
      case Verb.x_anonymoustls:
        this.starttlsAnswered(reply, now);
        return;
      case Verb.other:
        this.reporter.anomaly(Anomaly.unknown_command);
        if (head.isBlank && !accepted) this.reporter.observer.blankRefused();
        return;
      default:
        if (accepted) this.commandAccepted(head.verb, now);
    }
  }

  private greeted(reply: Reply): void {
    const replyClass = reply.replyClass;
    this.isGreeted = true;
    this.isGreetingRefused = replyClass == ReplyClass.transient || replyClass == ReplyClass.permanent;
    this.reporter.observer.greeted(greetingOf(replyClass));
  }

  private helloAnswered(head: Expectation, reply: Reply, now: u64): void {
    if (reply.replyClass != ReplyClass.success) {
      this.countBadOrder(head);
      this.hello.refuse(head.verb, reply.replyClass);
      return;
    }
    this.hello.accept(head.verb, reply);
    if (!this.hello.isOffered(Extension.pipeconnect)) this.countBadOrder(head);
    this.envelopes.abort(AbortCause.hello, now);
  }

  private contentAnswered(head: Expectation, reply: Reply, now: u64): void {
    if (head.endsMessage) this.envelopes.endOfDataAnswered(reply.replyClass, now);
    else this.envelopes.chunkAnswered(head, reply.replyClass);
  }

  private authAnswered(reply: Reply): void {
    this.auth.answered(reply.replyClass);
    if (reply.replyClass == ReplyClass.success) this.reporter.usedOnce(Extension.auth);
  }

  private starttlsAnswered(reply: Reply, now: u64): void {
    const observer = this.reporter.observer;
    if (reply.code == 220) {
      observer.tls(TlsEvent.accepted);
      this.reporter.usedOnce(Extension.starttls);
      this.envelopes.abort(AbortCause.starttls, now);
    } else {
      observer.tls(reply.replyClass == ReplyClass.transient ? TlsEvent.refused_4xx : TlsEvent.refused_5xx);
    }
  }

  /** What is left to say of the commands whose 2xx moves something. */
  private commandAccepted(verb: Verb, now: u64): void {
    const cause = resets(verb);
    if (cause >= 0) this.envelopes.abort(<AbortCause>cause, now);
    if (verb == Verb.quit) this.isQuit = true;
    else if (verb == Verb.etrn) this.reporter.usedOnce(Extension.etrn);
    else if (verb == Verb.vrfy) this.reporter.usedOnce(Extension.vrfy);
    else if (verb == Verb.help) this.reporter.usedOnce(Extension.help);
    else if (verb == Verb.xclient) this.reporter.usedOnce(Extension.xclient);
    else if (verb == Verb.xforward) this.reporter.usedOnce(Extension.xforward);
  }

  /** A command was sent into a busy session. */
  private pipelined(verb: Verb, isBehindHello: bool): void {
    const depth = this.expectations.length;
    this.reporter.observer.commandPipelined(depth);
    this.reporter.usedOnce(Extension.pipelining);
    if (depth == 2 && this.hello.isAccepted && !this.hello.isOffered(Extension.pipelining)) {
      this.reporter.anomaly(Anomaly.pipeline_not_offered);
    }
    if (verb == Verb.eod) return;
    const hello = this.lastHello;
    if (this.blockers > 0) this.reporter.anomaly(Anomaly.pipeline_bad_order);
    else if (isBehindHello && hello !== null) hello.badOrderBehind++;
  }

  private countBadOrder(owed: Expectation): void {
    for (; owed.badOrderBehind > 0; owed.badOrderBehind--) this.reporter.anomaly(Anomaly.pipeline_bad_order);
  }

  /** MAIL was refused: what was outside ASCII behind it lay in no SMTPUTF8 transaction. */
  private countEightBit(mail: Expectation): void {
    const transaction = this.envelopes.transaction;
    if (transaction.isOpen && (transaction.parameters & Parameter.smtpUtf8) != 0) return;
    for (; mail.eightBitLines > 0; mail.eightBitLines--) {
      this.reporter.anomaly(Anomaly.eight_bit_without_smtputf8);
    }
  }

  /** The oldest expectation learns how many replies it takes, and whether it ends a message. */
  private makeDue(): void {
    const head = this.expectations.head;
    if (head === null || head.isDue) return;
    const recipients = this.envelopes.recipients;
    if (head.verb == Verb.eod) head.endsMessage = this.hasGoAhead;
    else if (head.isLast) head.endsMessage = recipients > 0;
    else return;
    head.isDue = true;
    if (!head.endsMessage) return;
    this.envelopes.transaction.deliveriesDecide = this.hello.isLmtp;
    if (this.hello.isLmtp) head.remaining = max(recipients, 1);
    this.describe(head);
    const isInTransaction = this.envelopes.transaction.isOpen;
    this.reporter.observer.messageSent(MESSAGE, isInTransaction ? <i32>recipients : -1);
    if (this.reporter.isInClear) this.reporter.observer.sentInClear(this.hello.everOfferedStarttls);
  }

  private describe(head: Expectation): void {
    const message = MESSAGE;
    const transaction = this.envelopes.transaction;
    if (head.verb == Verb.eod) {
      message.mode = MessageMode.data;
      message.bytes = head.size;
      message.wireBytes = head.wireSize;
      message.chunks = 0;
    } else {
      message.mode = head.verb == Verb.bdat ? MessageMode.bdat : MessageMode.burl;
      message.bytes = transaction.chunkBytes + head.size;
      message.wireBytes = message.bytes;
      message.chunks = transaction.chunks + 1;
    }
    message.isDeclared = transaction.isOpen && (transaction.parameters & Parameter.size) != 0;
    message.declaredBytes = transaction.declaredBytes;
  }

  /** The last chunk of a message may have been sent while earlier commands of its group were not answered yet. */
  private wasEndOfDataSent(recipientsOwed: bool): bool {
    const mayHaveRecipients = recipientsOwed || this.envelopes.recipients > 0;
    let owed = this.expectations.head;
    while (owed !== null && owed.verb != Verb.mail) {
      if (owed.endsMessage || (owed.isLast && mayHaveRecipients)) return true;
      owed = owed.next;
    }
    return false;
  }

  private owesRecipients(): bool {
    let owed = this.expectations.head;
    while (owed !== null) {
      if (owed.verb == Verb.rcpt) return true;
      if (owed.verb == Verb.mail) return false;
      owed = owed.next;
    }
    return false;
  }
}

/** Scratch: what the observer is told of a message. */
const MESSAGE = new Message();

function isHello(verb: Verb): bool {
  return verb == Verb.helo || verb == Verb.ehlo || verb == Verb.lhlo;
}

function isGreetingOrHello(verb: Verb): bool {
  return verb == Verb.connect || isHello(verb);
}

function greetingOf(replyClass: ReplyClass): Greeting {
  if (replyClass == ReplyClass.success) return Greeting.success;
  if (replyClass == ReplyClass.transient) return Greeting.transient;
  return replyClass == ReplyClass.permanent ? Greeting.permanent : Greeting.invalid;
}
