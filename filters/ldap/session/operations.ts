import { Op } from "../wire/operations";
import { Operation, OPERATION_BYTES } from "./operation";
import { OperationIndex } from "./operationindex";

/** What may be found under an ID whatever its kind. */
export const ANY_OP: i32 = -1;

/** The outstanding operations of one connection. */
@final
export class Operations {
  /** Binds stand apart, as a bind does away with everything but them. A `Line` each. */
  private readonly bindsLine: u64 = 0;
  private readonly othersLine: u64 = 0;
  private added: u32 = 0;
  length: u32 = 0;

  private get binds(): Line {
    return changetype<Line>(changetype<usize>(this) + offsetof<Operations>("bindsLine"));
  }

  private get others(): Line {
    return changetype<Line>(changetype<usize>(this) + offsetof<Operations>("othersLine"));
  }

  /** The oldest one, or null. */
  get oldest(): Operation | null {
    const bind = this.binds.oldest;
    const other = this.others.oldest;
    if (bind === null || other === null) return bind === null ? other : bind;
    return bind.isOlderThan(other) ? bind : other;
  }

  /** The oldest one that is no bind and older than `bind`, or null. */
  oldestBefore(bind: Operation): Operation | null {
    const other = this.others.oldest;
    return other !== null && other.isOlderThan(bind) ? other : null;
  }

  /** A new one, or null when the memory budget is spent. */
  add(id: u32, op: Op, sentAt: u64): Operation | null {
    const address = OperationIndex.take();
    if (address == 0) return null;
    // Word by word: for so few, that takes a fraction of what memory.fill does.
    for (let at = address; at < address + OPERATION_BYTES; at += 8) store<u64>(at, 0);
    const fresh = changetype<Operation>(address);
    fresh.owner = changetype<usize>(this);
    fresh.id = id;
    fresh.op = <u8>op;
    fresh.sentAt = sentAt;
    fresh.place = this.added++;
    this.lineOf(fresh).add(fresh);
    this.length++;
    OperationIndex.enter(fresh);
    return fresh;
  }

  /** Whether there is one with this ID. */
  has(id: u32): bool {
    return this.find(id, ANY_OP) !== null;
  }

  /** The oldest one with this ID and of this kind (ANY_OP: of any), or null. */
  find(id: u32, op: i32): Operation | null {
    const owner = changetype<usize>(this);
    let found: Operation | null = null;
    let at = OperationIndex.first(owner, id);
    while (at != 0) {
      const newest = changetype<Operation>(at);
      at = newest.chained;
      if (newest.id != id || newest.owner != owner || (op != ANY_OP && <i32>newest.op != op)) continue;
      const oldest = changetype<Operation>(newest.newer);
      if (found === null || oldest.isOlderThan(found)) found = oldest;
    }
    return found;
  }

  /** Takes one out that was the `oldest`, or found as such; it is gone with the next `add` of any connection. */
  remove(operation: Operation): void {
    OperationIndex.remove(operation);
    this.lineOf(operation).remove(operation);
    this.length--;
    OperationIndex.give(operation);
  }

  private lineOf(operation: Operation): Line {
    return operation.kind == Op.bind ? this.binds : this.others;
  }
}

/** Operations in the order of their requests. Lies within its owner: there are two for each connection. */
@unmanaged
class Line {
  private first: usize = 0;
  private last: usize = 0;

  get oldest(): Operation | null {
    return changetype<Operation | null>(this.first);
  }

  add(fresh: Operation): void {
    const address = changetype<usize>(fresh);
    fresh.previous = this.last;
    fresh.next = 0;
    if (this.last == 0) this.first = address;
    else changetype<Operation>(this.last).next = address;
    this.last = address;
  }

  remove(operation: Operation): void {
    if (operation.previous == 0) this.first = operation.next;
    else changetype<Operation>(operation.previous).next = operation.next;
    if (operation.next == 0) this.last = operation.previous;
    else changetype<Operation>(operation.next).previous = operation.previous;
  }
}
