import { Anomaly } from "../wire/anomalies";
import { ExtendedName, Notice } from "../wire/extendednames";
import { FilterCap, Message } from "../wire/message";
import { answeredBy, expectsResponse, isResponse, Op, requestedBy } from "../wire/operations";
import { classOf, Code, isApiCode } from "../wire/results";
import { Tag } from "../wire/tags";
import { BindExchange, Bound } from "./binds";
import { Cap, LdapObserver, Outcome, Referral, StartTlsEvent, Unmatched } from "./observer";
import { ANY_OP, Operation, Operations } from "./operations";
import { Remembered, REMEMBERED_POOL } from "./remembered";
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

/** Requests and what answers them (ldap-semantics.md 6–15). */
@final
export class Conversation {
  private readonly operations: Operations = new Operations();
  private readonly exchange: BindExchange;
  /** What is remembered; null until the first operation has ended. */
  private remembered: Remembered | null = null;

  /** Which of them came first. */
  farewell: Farewell = Farewell.none;
  private isUnbound: bool = false;
  /** Whether a bind has succeeded that proves who the client is (rule 12). */
  private isAuthenticated: bool = false;
  /** Id of the one StartTLS request with no data of the client's behind it; see `hasQuietStartTls`. */
  private quietStartTls: Operation | null = null;
  private startTlsPending: u32 = 0;

  constructor(
    private readonly reporter: Reporter,
    private readonly limit: u32,
  ) {
    this.exchange = new BindExchange(reporter);
  }

  begin(): void {
    this.farewell = Farewell.none;
    this.isUnbound = false;
    this.isAuthenticated = false;
    this.quietStartTls = null;
    this.startTlsPending = 0;
    this.exchange.begin();
  }

  /** A StartTLS request waits for its response. */
  get awaitsStartTls(): bool {
    return this.startTlsPending > 0;
  }

  /** LDAP of the client's begins; behind a StartTLS that is not answered it had better not (rule 4). */
  clientGoesOn(): void {
    if (this.quietStartTls === null) return;
    this.quietStartTls = null;
    this.observer.startTls(StartTlsEvent.pipelined);
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

  /** The connection is over, or passed on unread: nothing that is outstanding will be answered. */
  abandonAll(): void {
    let oldest = this.operations.oldest;
    while (oldest !== null) {
      this.end(oldest, Outcome.unanswered);
      oldest = this.operations.oldest;
    }
    const remembered = this.remembered;
    if (remembered !== null) REMEMBERED_POOL.give(remembered);
    this.remembered = null;
  }

  private get observer(): LdapObserver {
    return this.reporter.observer;
  }

  private get now(): u64 {
    return this.reporter.surroundings.now();
  }

  private judgeId(message: Message): void {
    const reporter = this.reporter;
    const id = message.idNumber;
    if (message.idOctets > 4) reporter.anomaly(Anomaly.msgid_wide);
    if (id == 0 && !message.isIdHuge) reporter.anomaly(Anomaly.msgid_zero);
    else if (id < 0) reporter.anomaly(Anomaly.msgid_negative);
    if (message.isIdHuge || <i64>(<i32>id) != id) reporter.anomaly(Anomaly.msgid_out_of_range);
  }

  private unbind(): void {
    this.isUnbound = true;
    if (this.farewell == Farewell.none) this.farewell = Farewell.unbind;
  }

  // Requests

  private start(op: Op, message: Message): Turn {
    const operations = this.operations;
    if (operations.find(message.id, ANY_OP) !== null) this.reporter.anomaly(Anomaly.duplicate_msgid);
    if (operations.length >= this.limit) this.evict();
    const fresh = operations.add(message.id, op, this.now);
    if (fresh === null) return this.startNothing(op);
    fresh.isPersistent = op == Op.search && message.isPersistent;
    this.observer.operationStarted(op, fresh.isPersistent);
    if (op == Op.bind) this.exchange.requested(message, fresh);
    else if (op == Op.search) this.search(message);
    else if (op == Op.extended) this.extend(message, fresh);
    return Turn.none;
  }

  /** No memory is left for it: it started, and it is over. */
  private startNothing(op: Op): Turn {
    this.observer.operationStarted(op, false);
    this.observer.operationEnded(op, Outcome.unanswered, false);
    return Turn.starved;
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
    fresh.isStartTls = true;
    this.quietStartTls = fresh;
    this.startTlsPending++;
  }

  private evict(): void {
    const oldest = this.operations.oldest;
    if (oldest === null) return;
    this.observer.limitReached(Cap.operations);
    this.end(oldest, Outcome.evicted);
  }

  /** Neither a bind nor StartTLS can be abandoned (RFC 4511 §4.11). */
  private abandon(id: u32): void {
    const target = this.operations.find(id, ANY_OP);
    if (target === null || target.kind == Op.bind || target.isStartTls) return;
    this.end(target, Outcome.abandoned);
    const remembered = this.memory();
    if (remembered !== null) remembered.givenUp(id);
  }

  // Responses

  private partOfSearch(message: Message): void {
    const search = this.operations.find(message.id, Op.search);
    if (search === null) {
      this.misfit(message.id);
      return;
    }
    search.bytes += <u64>message.size;
    if (message.tag != Tag.searchResultEntry) return;
    search.entries++;
    if (search.entries == 1) this.observer.firstEntryTimed(this.now - search.sentAt);
  }

  private partOfAny(message: Message): void {
    const operation = this.operations.find(message.id, ANY_OP);
    if (operation === null) this.unmatched(message.id);
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
    let operation = this.operations.find(message.id, op);
    if (operation === null && op == Op.extended) {
      // An ExtendedResponse is also how servers refuse what they can't make sense of.
      operation = this.operations.find(message.id, ANY_OP);
      if (operation !== null) this.reporter.anomaly(Anomaly.op_mismatch);
    }
    if (operation !== null) return this.answer(operation, message);
    this.misfit(message.id);
    return Turn.none;
  }

  /** An ExtendedResponse with ID 0 is a notice when it names one, or when nothing with ID 0 is outstanding. */
  private isNotice(message: Message): bool {
    if (message.id != 0) return false;
    const isNamed = message.notice != Notice.other;
    if (!isNamed && this.operations.find(0, ANY_OP) !== null) return false;
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
    const id = operation.id;
    this.end(operation, outcome);
    const remembered = this.memory();
    if (remembered !== null) remembered.answered(id);
    return turn;
  }

  private answerBind(bind: Operation, message: Message, now: u64): Turn {
    const bound = this.exchange.answered(bind, message, now);
    if (bound >= Bound.yes) this.isAuthenticated = true;
    this.dropBefore(bind);
    return bound == Bound.withLayer ? Turn.layer : Turn.none;
  }

  /** What was sent before a bind is over with the bind's response, other binds excepted (rule 8). */
  private dropBefore(bind: Operation): void {
    const operations = this.operations;
    let at = operations.oldest;
    while (at !== null && at !== bind) {
      const next = operations.newerThan(at);
      if (at.kind != Op.bind) this.drop(at);
      at = next;
    }
  }

  private drop(operation: Operation): void {
    const id = operation.id;
    this.end(operation, Outcome.dropped_by_bind);
    const remembered = this.memory();
    if (remembered !== null) remembered.givenUp(id);
  }

  private answerStartTls(code: i32): Turn {
    if (code != Code.success) {
      this.observer.startTls(StartTlsEvent.refused);
      return Turn.none;
    }
    this.observer.startTls(StartTlsEvent.accepted);
    this.reporter.isTlsStarted = true;
    return Turn.startTls;
  }

  /** No operation fits: there is one of another kind, or none. */
  private misfit(id: u32): void {
    if (this.operations.find(id, ANY_OP) === null) {
      this.unmatched(id);
      return;
    }
    this.reporter.anomaly(Anomaly.op_mismatch);
    this.observer.unmatched(Unmatched.unmatched);
  }

  private unmatched(id: u32): void {
    const remembered = this.remembered;
    this.observer.unmatched(remembered === null ? Unmatched.unmatched : remembered.tell(id));
  }

  private end(operation: Operation, outcome: Outcome): void {
    if (operation.isStartTls) {
      this.startTlsPending--;
      if (this.quietStartTls === operation) this.quietStartTls = null;
    }
    this.observer.operationEnded(operation.kind, outcome, operation.isPersistent);
    this.operations.remove(operation);
  }

  /** Where ended operations are remembered; null when the memory budget is spent. */
  private memory(): Remembered | null {
    let remembered = this.remembered;
    if (remembered !== null) return remembered;
    remembered = REMEMBERED_POOL.take();
    if (remembered !== null) remembered.clear();
    this.remembered = remembered;
    return remembered;
  }
}
