import { Command, Parameter } from "../wire/commands";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Answers } from "./answers";
import { Expectation, Expectations } from "./expectations";
import { Speaks } from "./hello";
import { Message } from "./message";
import { AbortCause, Greeting, RecipientOutcome } from "./observer";
import { checkReply, carriesStatus } from "./replychecks";
import { Reporter } from "./reporter";
import { isHello, namesAddress } from "./states";

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
export class Conversation extends Answers {
  readonly expectations: Expectations = new Expectations();

  /** After `Answered.whole`: what was answered. */
  answeredVerb: Verb = Verb.connect;
  private lastReplyAt: u64 = 0;

  constructor(
    reporter: Reporter,
    speaks: Speaks,
    private readonly pipelineLimit: u32,
  ) {
    super(reporter, speaks);
  }

  /** A connection was accepted: the greeting is owed. False when the memory budget is spent. */
  begin(now: u64): bool {
    this.beginAnswers();
    this.lastReplyAt = 0;
    return this.expectations.push(Verb.connect, now) !== null;
  }

  /** Whether one more command would exceed `limits.pipeline`. */
  get isFull(): bool {
    return this.expectations.length >= this.pipelineLimit;
  }

  /** A command or pseudo-command was sent. Null when the memory budget is spent. */
  sent(verb: Verb, now: u64): Expectation | null {
    const fresh = this.expectations.push(verb, now);
    if (fresh === null) return null;
    this.reporter.observer.commandSent(verb);
    this.order.sent(fresh, this.expectations.length);
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
    const wasEndOfDataSent = this.wasEndOfDataSent(recipientsOwed);
    const expectations = this.expectations;
    // The recipients of the open transaction come before its end; those behind another MAIL are none of it.
    for (let owed = expectations.head; owed !== null && owed.verb != Verb.mail; owed = expectations.head)
      this.abandonHead(owed);
    this.envelopes.breakOff(cause, now, wasEndOfDataSent, recipientsOwed);
    this.auth.abandon();
    for (let owed = expectations.head; owed !== null; owed = expectations.head) this.abandonHead(owed);
    this.order.begin();
    this.hasGoAhead = false;
  }

  private abandonHead(owed: Expectation): void {
    if (!owed.isAnswered) this.reporter.observer.commandUnanswered(owed.verb);
    if (owed.verb == Verb.rcpt) this.reporter.observer.recipient(RecipientOutcome.unanswered);
    this.order.blame(owed);
    this.expectations.shift();
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
    this.order.answered(head);
    this.expectations.shift();
    this.makeDue();
  }

  /** The oldest expectation learns how many replies it takes, and whether it ends a message. */
  @inline
  private makeDue(): void {
    const head = this.expectations.head;
    if (head !== null && !head.isDue && (head.isLast || head.verb == Verb.eod)) this.makeHeadDue(head);
  }

  private makeHeadDue(head: Expectation): void {
    const recipients = this.envelopes.recipients;
    head.endsMessage = head.verb == Verb.eod ? this.hasGoAhead : recipients > 0;
    head.isDue = true;
    if (!head.endsMessage) return;
    this.envelopes.transaction.deliveriesDecide = this.hello.isLmtp;
    if (this.hello.isLmtp) head.remaining = max(recipients, 1);
    MESSAGE.describe(head, this.envelopes.transaction);
    const isInTransaction = this.envelopes.transaction.isOpen;
    this.reporter.observer.messageSent(MESSAGE, isInTransaction ? <i32>recipients : -1);
    if (this.reporter.isInClear) this.reporter.observer.sentInClear(this.hello.everOfferedStarttls);
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

function isGreetingOrHello(verb: Verb): bool {
  return verb == Verb.connect || isHello(verb);
}
