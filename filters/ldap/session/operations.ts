import { Budget } from "../../../assembly/bytes/budget";
import { AuthChoice } from "../wire/message";
import { Mechanism } from "../wire/mechanisms";
import { Op } from "../wire/operations";
import { Method } from "./observer";

/** A request that waits for its final response. In raw memory, 48 bytes: there may be very many of them. */
@unmanaged
export class Operation {
  /** Older and newer one of the same connection. */
  previous: usize = 0;
  next: usize = 0;
  /** Next one in the bucket of the index, of whatever connection. */
  chained: usize = 0;
  /** Address of the `Operations` that this one belongs to. */
  owner: usize = 0;
  id: u32 = 0;
  /** Search: entries so far. Bind: print of the mechanism's name. */
  entries: u32 = 0;
  /** When the request was complete (monotonic nanoseconds). */
  sentAt: u64 = 0;
  /** Search: bytes of all messages so far. Bind: when its exchange began. */
  bytes: u64 = 0;
  op: u8 = 0;
  isPersistent: bool = false;
  /** A StartTLS request. */
  isStartTls: bool = false;
  /** Bind: how, by which mechanism, and with how many credentials of its exchange that are not empty. */
  method: u8 = 0;
  choice: u8 = 0;
  mechanism: u8 = 0;
  credentials: u8 = 0;

  get kind(): Op {
    return <Op>(<i32>this.op);
  }

  get bindMethod(): Method {
    return <Method>(<i32>this.method);
  }

  get bindChoice(): AuthChoice {
    return <AuthChoice>(<i32>this.choice);
  }

  get bindMechanism(): Mechanism {
    return <Mechanism>(<i32>this.mechanism);
  }
}

/** Bytes of an operation; with its share of the index at most 64. */
const OPERATION_BYTES: usize = 48;

/** Operations that are made at a time. */
const SLAB: i32 = 64;

/** The index has to begin with so many buckets. */
const FIRST_BUCKETS: u32 = 256;

/** Multipliers that spread message IDs, which mostly count up, and addresses, which have many zeros. */
const ID_FACTOR: u32 = 0x9e37_79b1;
const OWNER_FACTOR: u32 = 0x85eb_ca6b;

/**
 * All outstanding operations of a VM by connection and message ID. In a bucket newer ones come first; that order is kept
 * when the index grows, for of several with one ID the oldest counts.
 */
class Index {
  static buckets: usize = memory.data(1_024);
  static mask: u32 = FIRST_BUCKETS - 1;
  static count: u32 = 0;
  private static free: usize = 0;

  /** Memory for an operation, 0 when the budget is spent. */
  static take(): usize {
    if (Index.free == 0) Index.grow();
    const taken = Index.free;
    if (taken == 0) return 0;
    Index.free = changetype<Operation>(taken).next;
    return taken;
  }

  static give(operation: Operation): void {
    operation.next = Index.free;
    Index.free = changetype<usize>(operation);
  }

  static bucket(owner: usize, id: u32): usize {
    const hash = (id * ID_FACTOR) ^ (((<u32>owner) >> 4) * OWNER_FACTOR);
    return Index.buckets + ((<usize>((hash ^ (hash >> 16)) & Index.mask)) << 2);
  }

  static enter(operation: Operation): void {
    if (Index.count > Index.mask) Index.widen();
    Index.link(operation);
    Index.count++;
  }

  static remove(operation: Operation): void {
    const address = changetype<usize>(operation);
    const bucket = Index.bucket(operation.owner, operation.id);
    let at = load<usize>(bucket);
    if (at == address) {
      store<usize>(bucket, operation.chained);
    } else {
      while (at != 0 && changetype<Operation>(at).chained != address) at = changetype<Operation>(at).chained;
      if (at != 0) changetype<Operation>(at).chained = operation.chained;
    }
    Index.count--;
  }

  private static link(operation: Operation): void {
    const bucket = Index.bucket(operation.owner, operation.id);
    operation.chained = load<usize>(bucket);
    store<usize>(bucket, changetype<usize>(operation));
  }

  private static grow(): void {
    const bytes = <usize>SLAB * OPERATION_BYTES;
    if (!Budget.take(<u64>bytes)) return;
    const slab = heap.alloc(bytes);
    for (let i = 0; i < SLAB; i++) Index.give(changetype<Operation>(slab + <usize>i * OPERATION_BYTES));
  }

  /** Twice as many buckets; where the budget does not allow it, the chains are longer. */
  private static widen(): void {
    const old = Index.buckets;
    const count = Index.mask + 1;
    const bytes = (<usize>count) << 3;
    if (!Budget.take(<u64>bytes)) return;
    Index.buckets = heap.alloc(bytes);
    memory.fill(Index.buckets, 0, bytes);
    Index.mask = (count << 1) - 1;
    for (let i: u32 = 0; i < count; i++) Index.relink(load<usize>(old + ((<usize>i) << 2)));
    if (count == FIRST_BUCKETS) return;
    heap.free(old);
    Budget.giveBack((<u64>count) << 2);
  }

  /** Enters a whole chain once more, the oldest first. */
  private static relink(first: usize): void {
    let reversed: usize = 0;
    let at = first;
    while (at != 0) {
      const next = changetype<Operation>(at).chained;
      changetype<Operation>(at).chained = reversed;
      reversed = at;
      at = next;
    }
    while (reversed != 0) {
      const next = changetype<Operation>(reversed).chained;
      Index.link(changetype<Operation>(reversed));
      reversed = next;
    }
  }
}

/** What may be found under an ID whatever its kind. */
export const ANY_OP: i32 = -1;

/** The outstanding operations of one connection, oldest first. */
@final
export class Operations {
  private first: usize = 0;
  private last: usize = 0;
  length: u32 = 0;

  /** The oldest one, or null. */
  get oldest(): Operation | null {
    return changetype<Operation | null>(this.first);
  }

  /** The next newer one, or null. */
  newerThan(operation: Operation): Operation | null {
    return changetype<Operation | null>(operation.next);
  }

  /** A new one, or null when the memory budget is spent. */
  add(id: u32, op: Op, sentAt: u64): Operation | null {
    const address = Index.take();
    if (address == 0) return null;
    memory.fill(address, 0, OPERATION_BYTES);
    const fresh = changetype<Operation>(address);
    fresh.owner = changetype<usize>(this);
    fresh.id = id;
    fresh.op = <u8>op;
    fresh.sentAt = sentAt;
    fresh.previous = this.last;
    if (this.last == 0) this.first = address;
    else changetype<Operation>(this.last).next = address;
    this.last = address;
    this.length++;
    Index.enter(fresh);
    return fresh;
  }

  /** Whether there is one with this ID. */
  has(id: u32): bool {
    const owner = changetype<usize>(this);
    let at = load<usize>(Index.bucket(owner, id));
    while (at != 0) {
      const operation = changetype<Operation>(at);
      if (operation.id == id && operation.owner == owner) return true;
      at = operation.chained;
    }
    return false;
  }

  /** The oldest one with this ID and of this kind (ANY_OP: of any), or null. */
  find(id: u32, op: i32): Operation | null {
    const owner = changetype<usize>(this);
    let found: usize = 0;
    let at = load<usize>(Index.bucket(owner, id));
    while (at != 0) {
      const operation = changetype<Operation>(at);
      if (operation.id == id && operation.owner == owner && (op == ANY_OP || <i32>operation.op == op))
        found = at;
      at = operation.chained;
    }
    return changetype<Operation | null>(found);
  }

  /** Takes one out; it is gone with the next `add` of any connection. */
  remove(operation: Operation): void {
    Index.remove(operation);
    if (operation.previous == 0) this.first = operation.next;
    else changetype<Operation>(operation.previous).next = operation.next;
    if (operation.next == 0) this.last = operation.previous;
    else changetype<Operation>(operation.next).previous = operation.previous;
    this.length--;
    Index.give(operation);
  }
}
