import { ReplyClass } from "../wire/replies";
import { Outcome, Stage } from "./observer";

/**
 * A mail transaction: from an accepted MAIL to its end (RFC 5321 §3.3). Replies come in the order of the commands, so
 * a session has at most one open at a time, whatever was pipelined.
 */
@final
export class Transaction {
  isOpen: bool = false;
  /** When MAIL was accepted. */
  startedAt: u64 = 0;
  /** `Parameter` bits of its MAIL and its accepted RCPTs. */
  parameters: u32 = 0;
  declaredBytes: u64 = 0;
  /** RCPT commands answered 2xx, 4xx and otherwise. */
  accepted: u32 = 0;
  refused4xx: u32 = 0;
  refused5xx: u32 = 0;
  /** LMTP: the per-recipient replies are all there is; PRDR has a final one behind them. */
  deliveriesDecide: bool = false;
  /** Octets and number of the BDAT chunks accepted so far. */
  chunkBytes: u64 = 0;
  chunks: u32 = 0;

  /** The verdict last asked for. */
  outcome: Outcome = Outcome.unknown;
  /** Of a rejection: where, and as what. */
  stage: Stage = Stage.eod;
  refusal: ReplyClass = ReplyClass.other;

  /** DATA or BDAT refusals since the last accepted one, by class. */
  private contentRefused4xx: bool = false;
  private contentRefused5xx: bool = false;
  /** An unsolicited refusal while nothing was owed (rule 10). */
  private refusedUnasked: ReplyClass = ReplyClass.other;
  /** Per-recipient replies to the end of data. */
  private delivered: u32 = 0;
  private undelivered4xx: u32 = 0;
  private undelivered5xx: u32 = 0;

  begin(now: u64): void {
    this.isOpen = true;
    this.startedAt = now;
    this.parameters = 0;
    this.declaredBytes = 0;
    this.accepted = 0;
    this.refused4xx = 0;
    this.refused5xx = 0;
    this.deliveriesDecide = false;
    this.chunkBytes = 0;
    this.chunks = 0;
    this.contentRefused4xx = false;
    this.contentRefused5xx = false;
    this.refusedUnasked = ReplyClass.other;
    this.delivered = 0;
    this.undelivered4xx = 0;
    this.undelivered5xx = 0;
  }

  /** The reply to a DATA, BDAT or BURL that was not the end of data. */
  contentAnswered(accepted: bool, replyClass: ReplyClass): void {
    if (accepted) {
      this.contentRefused4xx = false;
      this.contentRefused5xx = false;
    } else if (replyClass == ReplyClass.transient) {
      this.contentRefused4xx = true;
    } else {
      this.contentRefused5xx = true;
    }
  }

  /** A 4xx or 5xx that answers nothing. */
  refusedUnsolicited(replyClass: ReplyClass): void {
    if (this.refusedUnasked != ReplyClass.transient) this.refusedUnasked = replyClass;
  }

  /** A per-recipient reply to the end of data. */
  deliveryAnswered(replyClass: ReplyClass): void {
    if (replyClass == ReplyClass.success) this.delivered++;
    else if (replyClass == ReplyClass.transient) this.undelivered4xx++;
    else this.undelivered5xx++;
  }

  get hasDeliveries(): bool {
    return this.delivered + this.undelivered4xx + this.undelivered5xx > 0;
  }

  /** What the per-recipient replies come to; `missing` ones count as not delivered (rule 15). */
  deliveriesVerdict(missing: bool): void {
    const failed = this.undelivered4xx + this.undelivered5xx > 0 || missing;
    if (this.delivered == 0) this.decide(Outcome.rejected, Stage.eod, this.classOfUndelivered());
    else this.decide(failed ? Outcome.partial : Outcome.committed, Stage.eod, ReplyClass.other);
  }

  /** What the final reply to the end of data comes to, per-recipient replies (PRDR, rule 16) included. */
  finalVerdict(replyClass: ReplyClass): void {
    if (replyClass != ReplyClass.success) this.decide(Outcome.rejected, Stage.eod, refusalClass(replyClass));
    else if (this.hasDeliveries) this.deliveriesVerdict(false);
    else this.decide(Outcome.committed, Stage.eod, ReplyClass.other);
  }

  /**
   * What the end of a transaction comes to whose end of data was not, or not wholly, answered (rule 12).
   * `endOfDataSent`: it was sent; `recipientsOwed`: a RCPT was sent and not answered.
   */
  earlyVerdict(endOfDataSent: bool, recipientsOwed: bool): void {
    const refusals = this.refused4xx + this.refused5xx;
    if (endOfDataSent && this.deliveriesDecide && this.hasDeliveries) {
      this.deliveriesVerdict(true);
    } else if (this.refusedUnasked != ReplyClass.other) {
      this.decide(Outcome.rejected, Stage.data, this.refusedUnasked);
    } else if (endOfDataSent && !this.contentRefused) {
      this.decide(Outcome.unknown, Stage.eod, ReplyClass.other);
    } else if (!endOfDataSent && this.accepted == 0 && refusals > 0 && !recipientsOwed) {
      this.decide(Outcome.rejected, Stage.rcpt, pick(this.refused4xx > 0));
    } else if (this.contentRefused) {
      this.decide(Outcome.rejected, Stage.data, pick(this.contentRefused4xx));
    } else {
      this.decide(Outcome.aborted, Stage.eod, ReplyClass.other);
    }
  }

  private get contentRefused(): bool {
    return this.contentRefused4xx || this.contentRefused5xx;
  }

  private classOfUndelivered(): ReplyClass {
    return pick(this.undelivered4xx > 0);
  }

  private decide(outcome: Outcome, stage: Stage, refusal: ReplyClass): void {
    this.outcome = outcome;
    this.stage = stage;
    this.refusal = refusal;
  }
}

/** 4xx if any deciding refusal was one, since a retry may work (rule 12). */
function pick(anyTransient: bool): ReplyClass {
  return anyTransient ? ReplyClass.transient : ReplyClass.permanent;
}

/** The class that a refusal counts as: what is neither 2xx nor 4xx counts as 5xx. */
export function refusalClass(replyClass: ReplyClass): ReplyClass {
  return replyClass == ReplyClass.transient ? ReplyClass.transient : ReplyClass.permanent;
}
