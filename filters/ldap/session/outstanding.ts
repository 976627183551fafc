import { Anomaly } from "../wire/anomalies";
import { Op } from "../wire/operations";
import { Cap, LdapObserver, Outcome, StartTlsEvent, Unmatched } from "./observer";
import { Operation } from "./operation";
import { Operations } from "./operations";
import { Remembered, REMEMBERED_POOL } from "./remembered";
import { Reporter } from "./reporter";

/** What waits for a response, and what is remembered of what did: every request ends here exactly once. */
@final
export class Outstanding {
  private readonly operations: Operations = new Operations();
  /** What is remembered; null until the first operation has ended. */
  private remembered: Remembered | null = null;
  /** StartTLS requests that wait, and the one of them that no data of the client's is behind yet. */
  private startTlsPending: u32 = 0;
  private quietStartTls: Operation | null = null;

  /** `limit`: requests that may be outstanding. */
  constructor(
    private readonly reporter: Reporter,
    private readonly limit: u32,
  ) {}

  begin(): void {
    this.quietStartTls = null;
    this.startTlsPending = 0;
  }

  /** A request that expects a response; null: the memory budget is spent, and it is over already. */
  start(id: u32, op: Op, isPersistent: bool, now: u64): Operation | null {
    const operations = this.operations;
    if (operations.has(id)) this.reporter.anomaly(Anomaly.duplicate_msgid);
    if (operations.length >= this.limit) this.evict();
    const fresh = operations.add(id, op, now);
    this.observer.operationStarted(op, isPersistent);
    if (fresh === null) this.observer.operationEnded(op, Outcome.unanswered, isPersistent);
    else fresh.isPersistent = isPersistent;
    return fresh;
  }

  /** The oldest with this ID and of this kind (ANY_OP: of any), or null. */
  find(id: u32, op: i32): Operation | null {
    return this.operations.find(id, op);
  }

  /** A final response came. */
  answered(operation: Operation, outcome: Outcome): void {
    const id = operation.id;
    this.end(operation, outcome);
    const remembered = this.memory();
    if (remembered !== null) remembered.answered(id);
  }

  /** Nobody waits for a response any more. */
  giveUp(operation: Operation, outcome: Outcome): void {
    const id = operation.id;
    this.end(operation, outcome);
    const remembered = this.memory();
    if (remembered !== null) remembered.givenUp(id);
  }

  /** What was sent before a bind is over with the bind's response, other binds excepted (rule 8). */
  dropBefore(bind: Operation): void {
    const operations = this.operations;
    let oldest = operations.oldestBefore(bind);
    while (oldest !== null) {
      this.giveUp(oldest, Outcome.dropped_by_bind);
      oldest = operations.oldestBefore(bind);
    }
  }

  /** The connection is over, or passed on unread: nothing will be answered. */
  endAll(): void {
    let oldest = this.operations.oldest;
    while (oldest !== null) {
      this.end(oldest, Outcome.unanswered);
      oldest = this.operations.oldest;
    }
    const remembered = this.remembered;
    if (remembered !== null) REMEMBERED_POOL.give(remembered);
    this.remembered = null;
  }

  /** A message from the server whose ID nothing has (rule 9). */
  unmatched(id: u32): void {
    const remembered = this.remembered;
    this.observer.unmatched(remembered === null ? Unmatched.unmatched : remembered.tell(id));
  }

  /** One that no operation fits: there is one of another kind, or none. */
  misfit(id: u32): void {
    if (!this.operations.has(id)) {
      this.unmatched(id);
      return;
    }
    this.reporter.anomaly(Anomaly.op_mismatch);
    this.observer.unmatched(Unmatched.unmatched);
  }

  /** The operation is a StartTLS request. */
  markStartTls(operation: Operation): void {
    operation.isStartTls = true;
    this.quietStartTls = operation;
    this.startTlsPending++;
  }

  /** A StartTLS request waits for its response. */
  get awaitsStartTls(): bool {
    return this.startTlsPending > 0;
  }

  /** LDAP of the client's begins; behind a StartTLS request that is not answered it had better not (rule 4). */
  clientGoesOn(): void {
    if (this.quietStartTls === null) return;
    this.quietStartTls = null;
    this.observer.startTls(StartTlsEvent.pipelined);
  }

  private get observer(): LdapObserver {
    return this.reporter.observer;
  }

  private evict(): void {
    const oldest = this.operations.oldest;
    if (oldest === null) return;
    this.observer.limitReached(Cap.operations);
    this.end(oldest, Outcome.evicted);
  }

  private end(operation: Operation, outcome: Outcome): void {
    if (operation.isStartTls) this.startTlsPending--;
    if (this.quietStartTls === operation) this.quietStartTls = null;
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
