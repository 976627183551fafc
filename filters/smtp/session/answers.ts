import { Parameter } from "../wire/commands";
import { Extension } from "../wire/extensions";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { AuthExchange } from "./auth";
import { Envelopes } from "./envelopes";
import { Expectation } from "./expectations";
import { Hello, Speaks } from "./hello";
import { AbortCause, Greeting, TlsEvent } from "./observer";
import { PipelineOrder } from "./order";
import { Reporter } from "./reporter";
import { resets } from "./states";

/** What replies have settled in a session, and what the next one will mean. */
export abstract class Answers {
  readonly hello: Hello;
  readonly auth: AuthExchange;
  readonly envelopes: Envelopes;

  /** A greeting of 4xx or 5xx. */
  isGreetingRefused: bool = false;
  isGreeted: bool = false;
  /** A QUIT was answered 2xx. */
  isQuit: bool = false;
  /** A DATA was answered 3xx, and its end of data not yet. */
  hasGoAhead: bool = false;

  protected readonly order: PipelineOrder;

  constructor(
    protected readonly reporter: Reporter,
    speaks: Speaks,
  ) {
    const hello = new Hello(reporter, speaks);
    this.hello = hello;
    this.auth = new AuthExchange(reporter);
    this.envelopes = new Envelopes(reporter);
    this.order = new PipelineOrder(reporter, hello);
  }

  protected beginAnswers(): void {
    this.hello.begin();
    this.auth.begin();
    this.envelopes.begin();
    this.order.begin();
    this.isGreetingRefused = false;
    this.isGreeted = false;
    this.isQuit = false;
    this.hasGoAhead = false;
  }

  /** What the final reply to each kind of command means. */
  protected settle(head: Expectation, reply: Reply, now: u64): void {
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
      this.order.blame(head);
      this.hello.refuse(head.verb, reply.replyClass);
      return;
    }
    this.hello.accept(head.verb, reply);
    if (!this.hello.isOffered(Extension.pipeconnect)) this.order.blame(head);
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

  /** MAIL was refused: what was outside ASCII behind it lay in no SMTPUTF8 transaction. */
  private countEightBit(mail: Expectation): void {
    const transaction = this.envelopes.transaction;
    if (transaction.isOpen && (transaction.parameters & Parameter.smtpUtf8) != 0) return;
    for (; mail.eightBitLines > 0; mail.eightBitLines--) {
      this.reporter.anomaly(Anomaly.eight_bit_without_smtputf8);
    }
  }
}

function greetingOf(replyClass: ReplyClass): Greeting {
  if (replyClass == ReplyClass.success) return Greeting.success;
  if (replyClass == ReplyClass.transient) return Greeting.transient;
  return replyClass == ReplyClass.permanent ? Greeting.permanent : Greeting.invalid;
}
