import { Anomaly } from "../wire/anomalies";
import { ExtendedName, Notice } from "../wire/extendednames";
import { FilterCap, Message } from "../wire/message";
import { answeredBy, expectsResponse, isResponse, Op, requestedBy } from "../wire/operations";
import { classOf, Code, isApiCode } from "../wire/results";
import { Tag } from "../wire/tags";
import { BindExchange, Bound } from "./binds";
import { Cap, LdapObserver, Outcome, Referral, StartTlsEvent } from "./observer";
import { Operation } from "./operation";
import { ANY_OP } from "./operations";
import { Outstanding } from "./outstanding";
import { Reporter } from "./reporter";

/** What a message means for how the bytes behind it are read. */
export const enum Turn {
  none,
  /** StartTLS was accepted: the next byte of each peer decides. */
  startTls,
  /** A SASL layer may follow: the next byte of each peer decides. */
  layer,
  /** The memory budget is spent. */
  starved,
}

/** Last messages of a connection. */
export const enum Farewell {
  none,
  unbind,
  notice,
}

/** Octets of the widest message ID that 32 bits need. */
const ID_OCTETS: u32 = 4;

/** Requests and what answers them (docs/ldap.md, rules 6–15). */
@final
export class Conversation {
  readonly outstanding: Outstanding;
  private readonly exchange: BindExchange;

  /** Which of them came first. */
  farewell: Farewell = Farewell.none;
  private isUnbound: bool = false;
  /** Whether a bind has succeeded that proves who the client is (rule 12). */
  private isAuthenticated: bool = false;

  /** `limit`: requests that may be outstanding. */
  constructor(
    private readonly reporter: Reporter,
    limit: u32,
  ) {
    this.outstanding = new Outstanding(reporter, limit);
    this.exchange = new BindExchange(reporter);
  }

  begin(): void {
    this.farewell = Farewell.none;
    this.isUnbound = false;
    this.isAuthenticated = false;
    this.outstanding.begin();
    this.exchange.begin();
  }

  /** A complete message of the client's. */
  request(message: Message): Turn {
    this.judgeId(message);
    if (this.isUnbound) this.reporter.anomaly(Anomaly.after_unbind);
    const op = requestedBy(message.tag);
    this.observer.requested(op);
    if (op == Op.unknown) {
      this.reporter.anomaly(isResponse(message.tag) ? Anomaly.response_from_client : Anomaly.unknown_op);
    }
    if (expectsResponse(op)) return this.start(op, message);
    if (op == Op.abandon) this.abandon(message.abandonedId);
    else this.unbind();
    return Turn.none;
  }

  /** A complete message of the server's. */
  response(message: Message): Turn {
    switch (message.tag) {
      case Tag.searchResultEntry:
        this.observer.entryReceived();
        this.partOfSearch(message);
        return Turn.none;
      case Tag.searchResultReference:
        this.observer.referenceReceived();
        this.observer.referred(Referral.continuation);
        this.partOfSearch(message);
        return Turn.none;
      case Tag.intermediateResponse:
        this.observer.intermediateReceived(message.isSyncInfo);
        this.partOfAny(message);
        return Turn.none;
      default:
        return this.finalResponse(message);
    }
  }

  private get observer(): LdapObserver {
    return this.reporter.observer;
  }

  private get now(): u64 {
    return this.reporter.surroundings.now();
  }

  // Requests

  private judgeId(message: Message): void {
    const reporter = this.reporter;
    const id = message.idNumber;
    if (message.idOctets > ID_OCTETS) reporter.anomaly(Anomaly.msgid_wide);
    if (!message.isIdHuge) {
      if (id == 0) reporter.anomaly(Anomaly.msgid_zero);
      else if (id < 0) reporter.anomaly(Anomaly.msgid_negative);
    }
    if (message.isIdHuge || <i64>(<i32>id) != id) reporter.anomaly(Anomaly.msgid_out_of_range);
  }

  private start(op: Op, message: Message): Turn {
    const isPersistent = op == Op.search && message.isPersistent;
    const fresh = this.outstanding.start(message.id, op, isPersistent, this.now);
    if (fresh === null) return Turn.starved;
    if (op == Op.bind) this.exchange.requested(message, fresh);
    else if (op == Op.search) this.search(message);
    else if (op == Op.extended) this.extend(message, fresh);
    return Turn.none;
  }

  private search(message: Message): void {
    const observer = this.observer;
    if (message.filterCap == FilterCap.depth) observer.limitReached(Cap.depth);
    else if (message.filterCap == FilterCap.nodes) observer.limitReached(Cap.nodes);
    observer.searched(message);
  }

  private extend(message: Message, fresh: Operation): void {
    const observer = this.observer;
    observer.extendedRequested(message.extendedName);
    if (message.extendedName != ExtendedName.starttls) return;
    observer.startTls(StartTlsEvent.requested);
    this.outstanding.markStartTls(fresh);
  }

  /** Neither a bind nor StartTLS can be abandoned (RFC 4511 §4.11). */
  private abandon(id: u32): void {
    const target = this.outstanding.find(id, ANY_OP);
    if (target === null || target.kind == Op.bind || target.isStartTls) return;
    this.outstanding.giveUp(target, Outcome.abandoned);
  }

  private unbind(): void {
    this.isUnbound = true;
    if (this.farewell == Farewell.none) this.farewell = Farewell.unbind;
  }

  // Responses

  private partOfSearch(message: Message): void {
    const search = this.outstanding.find(message.id, Op.search);
    if (search === null) {
      this.outstanding.misfit(message.id);
      return;
    }
    search.bytes += <u64>message.size;
    if (message.tag != Tag.searchResultEntry) return;
    search.entries++;
    if (search.entries == 1 && !search.isPersistent && this.observer.timesFirstEntries) {
      this.observer.firstEntryTimed(this.now - search.sentAt);
    }
  }

  private partOfAny(message: Message): void {
    const operation = this.outstanding.find(message.id, ANY_OP);
    if (operation === null) this.outstanding.unmatched(message.id);
    else if (operation.kind == Op.search) operation.bytes += <u64>message.size;
  }

  private finalResponse(message: Message): Turn {
    const op = answeredBy(message.tag);
    if (op == Op.unknown) {
      const isRequest = requestedBy(message.tag) != Op.unknown;
      this.reporter.anomaly(isRequest ? Anomaly.request_from_server : Anomaly.unknown_op);
      if (isRequest) return Turn.none;
    }
    if (isApiCode(message.code)) this.reporter.anomaly(Anomaly.api_code_on_wire);
    if (op == Op.extended && this.isNotice(message)) return Turn.none;
    const operation = this.answeredOperation(op, message.id);
    if (operation !== null) return this.answer(operation, message);
    this.outstanding.misfit(message.id);
    return Turn.none;
  }

  /** An ExtendedResponse is also how servers refuse what they can't make sense of: it completes anything (rule 6). */
  private answeredOperation(op: Op, id: u32): Operation | null {
    const fitting = this.outstanding.find(id, op);
    if (fitting !== null || op != Op.extended) return fitting;
    const other = this.outstanding.find(id, ANY_OP);
    if (other !== null) this.reporter.anomaly(Anomaly.op_mismatch);
    return other;
  }

  /** An ExtendedResponse with ID 0 is a notice when it names one, or when nothing with ID 0 is outstanding. */
  private isNotice(message: Message): bool {
    if (message.id != 0) return false;
    const isNamed = message.notice != Notice.other;
    if (!isNamed && this.outstanding.find(0, ANY_OP) !== null) return false;
    this.observer.noticed(message.notice);
    if (message.notice == Notice.disconnect && this.farewell == Farewell.none)
      this.farewell = Farewell.notice;
    return true;
  }

  private answer(operation: Operation, message: Message): Turn {
    const observer = this.observer;
    const op = operation.kind;
    const code = message.code;
    const now = this.now;
    observer.answered(op, classOf(code, this.isAuthenticated), code);
    if (code == Code.referral || message.hasReferral) observer.referred(Referral.final);
    const outcome = code == Code.canceled ? Outcome.canceled : Outcome.answered;
    const isTimed = outcome == Outcome.answered && !operation.isPersistent;
    if (isTimed) observer.operationTimed(op, now - operation.sentAt);
    let turn = Turn.none;
    if (op == Op.search) observer.searchEnded(operation.entries, operation.bytes + <u64>message.size);
    else if (op == Op.bind) turn = this.answerBind(operation, message, now);
    else if (operation.isStartTls) turn = this.answerStartTls(code);
    this.outstanding.answered(operation, outcome);
    return turn;
  }

  private answerBind(bind: Operation, message: Message, now: u64): Turn {
    const bound = this.exchange.answered(bind, message, now);
    if (bound >= Bound.yes) this.isAuthenticated = true;
    this.outstanding.dropBefore(bind);
    return bound == Bound.withLayer ? Turn.layer : Turn.none;
  }

  private answerStartTls(code: i32): Turn {
    if (code != Code.success) {
      this.observer.startTls(StartTlsEvent.refused);
      return Turn.none;
    }
    this.observer.startTls(StartTlsEvent.accepted);
    this.reporter.isTlsEndedBefore = true;
    return Turn.startTls;
  }
}
