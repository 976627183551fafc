import { bitOf, Extension } from "../wire/extensions";
import { Parameter } from "../wire/commands";
import { classOf, Reply, ReplyClass } from "../wire/replies";
import { Anomaly } from "./anomalies";
import { Expectation } from "./expectations";
import { AbortCause, Outcome, RecipientOutcome, Stage } from "./observer";
import { Reporter } from "./reporter";
import { Transaction } from "./transaction";

/**
 * Turns the replies to MAIL, RCPT, DATA, BDAT and to the end of data into transactions, each of which ends in exactly
 * one way (docs/smtp.md).
 */
@final
export class Envelopes {
  readonly transaction: Transaction = new Transaction();
  /** Transactions started in this session. */
  started: u32 = 0;

  /** A MAIL was answered since the last transaction, hello or RSET. */
  private mailSeen: bool = false;
  /** DATA or BDAT was answered since then. */
  private dataSeen: bool = false;
  private bdatSeen: bool = false;
  /** A BDAT LAST was answered, and no accepted MAIL, hello or RSET since. */
  private lastChunkSeen: bool = false;
  private used: u32 = 0;

  constructor(private readonly reporter: Reporter) {}

  begin(): void {
    this.transaction.isOpen = false;
    this.started = 0;
    this.startOver();
  }

  /** Recipients that the open transaction has; 0 without one. */
  get recipients(): u32 {
    return this.transaction.isOpen ? this.transaction.accepted : 0;
  }

  mailAnswered(mail: Expectation, reply: Reply, now: u64): void {
    if (this.transaction.isOpen) this.reporter.anomaly(Anomaly.nested_mail);
    this.mailSeen = true;
    if (reply.replyClass != ReplyClass.success) {
      if (reply.replyClass == ReplyClass.transient || reply.replyClass == ReplyClass.permanent) {
        this.reporter.observer.rejected(Stage.mail, reply.replyClass);
      }
      return;
    }
    this.abort(AbortCause.rset, now);
    this.mailSeen = true;
    this.lastChunkSeen = false;
    this.transaction.begin(now);
    this.transaction.parameters = mail.parameters;
    this.transaction.declaredBytes = mail.size;
    this.started++;
    this.used = 0;
    this.reporter.observer.transactionStarted();
    if (mail.hasNullSender) this.reporter.observer.nullSender();
    this.useParameters(mail.parameters);
  }

  rcptAnswered(rcpt: Expectation, reply: Reply): void {
    if (!this.mailSeen) this.reporter.anomaly(Anomaly.rcpt_before_mail);
    const transaction = this.transaction;
    const outcome = outcomeOf(reply.replyClass);
    this.reporter.observer.recipient(outcome);
    if (!transaction.isOpen) return;
    if (outcome == RecipientOutcome.rejected_4xx) transaction.refused4xx++;
    else if (outcome == RecipientOutcome.rejected_5xx) transaction.refused5xx++;
    else {
      transaction.accepted++;
      this.useParameters(rcpt.parameters);
    }
  }

  /** DATA was answered; any 3xx is the go-ahead (RFC 5321 §4.3.2). */
  dataAnswered(replyClass: ReplyClass): void {
    this.noteContent(this.bdatSeen);
    this.dataSeen = true;
    this.transaction.contentAnswered(replyClass == ReplyClass.intermediate, replyClass);
  }

  /** BDAT or BURL was answered and did not end a message. */
  chunkAnswered(chunk: Expectation, replyClass: ReplyClass): void {
    const accepted = replyClass == ReplyClass.success;
    this.transaction.contentAnswered(accepted, replyClass);
    if (!accepted) return;
    this.transaction.chunks++;
    this.transaction.chunkBytes += chunk.size;
  }

  /** The anomalies of an answered BDAT. */
  bdatAnswered(bdat: Expectation, isOffered: bool): void {
    if (!isOffered) this.reporter.anomaly(Anomaly.bdat_not_offered);
    if (this.lastChunkSeen) this.reporter.anomaly(Anomaly.bdat_after_last);
    this.noteContent(this.dataSeen);
    this.bdatSeen = true;
    if (bdat.isLast) this.lastChunkSeen = true;
  }

  burlAccepted(): void {
    this.useInTransaction(Extension.burl);
  }

  /** A per-recipient reply to the end of data. */
  deliveryAnswered(reply: Reply): void {
    this.transaction.deliveryAnswered(reply.replyClass);
    this.reporter.observer.delivered(reply.replyClass);
  }

  /** The last reply to the end of data: the transaction is decided. */
  endOfDataAnswered(replyClass: ReplyClass, now: u64): void {
    if (!this.transaction.isOpen) return;
    if (this.transaction.deliveriesDecide) this.transaction.deliveriesVerdict(false);
    else this.transaction.finalVerdict(replyClass);
    this.close(AbortCause.opaque, now);
  }

  /** A reply that nothing was waiting for; a refusal will be the reason if the message never ends (rule 10). */
  unsolicited(code: i32): void {
    const replyClass = classOf(code);
    if (replyClass == ReplyClass.transient || replyClass == ReplyClass.permanent) {
      this.transaction.refusedUnsolicited(replyClass);
    }
  }

  /** What resets the mail state ends the open transaction, all of whose RCPTs have been answered. */
  abort(cause: AbortCause, now: u64): void {
    this.breakOff(cause, now, false, false);
  }

  /** Ends the open transaction early; the flags say what was still owed. */
  breakOff(cause: AbortCause, now: u64, endOfDataSent: bool, recipientsOwed: bool): void {
    if (this.transaction.isOpen) {
      this.transaction.earlyVerdict(endOfDataSent, recipientsOwed);
      this.close(cause, now);
    }
    this.startOver();
    this.lastChunkSeen = false;
  }

  private close(cause: AbortCause, now: u64): void {
    const transaction = this.transaction;
    const observer = this.reporter.observer;
    transaction.isOpen = false;
    observer.transactionEnded(transaction.outcome, now - transaction.startedAt);
    if (transaction.outcome == Outcome.rejected) observer.rejected(transaction.stage, transaction.refusal);
    else if (transaction.outcome == Outcome.aborted) observer.aborted(cause);
    this.startOver();
  }

  private startOver(): void {
    this.mailSeen = false;
    this.dataSeen = false;
    this.bdatSeen = false;
  }

  private noteContent(otherKindSeen: bool): void {
    if (this.recipients == 0) this.reporter.anomaly(Anomaly.data_before_rcpt);
    if (otherKindSeen) this.reporter.anomaly(Anomaly.bdat_data_mix);
  }

  /** Extensions that count once per transaction, by the parameters that use them (rule 30). */
  private useParameters(parameters: u32): void {
    if (parameters == 0) return;
    if ((parameters & Parameter.eightBitMime) != 0) this.useInTransaction(Extension.eightbitmime);
    if ((parameters & Parameter.binaryMime) != 0) this.useInTransaction(Extension.binarymime);
    if ((parameters & Parameter.smtpUtf8) != 0) this.useInTransaction(Extension.smtputf8);
    if ((parameters & Parameter.dsn) != 0) this.useInTransaction(Extension.dsn);
    if ((parameters & Parameter.size) != 0) this.useInTransaction(Extension.size);
    if ((parameters & Parameter.deliverBy) != 0) this.useInTransaction(Extension.deliverby);
    if ((parameters & Parameter.futureRelease) != 0) this.useInTransaction(Extension.futurerelease);
    if ((parameters & Parameter.mtPriority) != 0) this.useInTransaction(Extension.mt_priority);
    if ((parameters & Parameter.requireTls) != 0) this.useInTransaction(Extension.requiretls);
    if ((parameters & Parameter.prdr) != 0) this.useInTransaction(Extension.prdr);
  }

  private useInTransaction(extension: Extension): void {
    if (!this.transaction.isOpen || (this.used & bitOf(extension)) != 0) return;
    this.used |= bitOf(extension);
    this.reporter.observer.extensionUsed(extension);
  }
}

/** What answers RCPT neither 2xx nor 4xx counts as rejected_5xx (rule 18). */
function outcomeOf(replyClass: ReplyClass): RecipientOutcome {
  if (replyClass == ReplyClass.success) return RecipientOutcome.accepted;
  return replyClass == ReplyClass.transient ? RecipientOutcome.rejected_4xx : RecipientOutcome.rejected_5xx;
}
