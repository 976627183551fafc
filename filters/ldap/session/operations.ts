import { Budget } from "../../../assembly/bytes/budget";
import { AuthChoice } from "../wire/message";
import { Mechanism } from "../wire/mechanisms";
import { Op } from "../wire/operations";
import { Method } from "./observer";

/** A request that waits for its final response. In raw memory, 56 bytes: there may be very many of them. */
@unmanaged
export class Operation {
  /** Older and newer one of the same `Line`. */
  previous: usize = 0;
  next: usize = 0;
  /** Newest one of the next ring in the bucket of the index, of whatever connection. */
  chained: usize = 0;
  /** Next newer one of its ring; of the newest, the oldest. */
  newer: usize = 0;
  /** Address of the `Operations` that this one belongs to. */
  owner: usize = 0;
  id: u32 = 0;
  /** Search: entries so far. Bind: print of the mechanism's name. */
  entries: u32 = 0;
  /** Counts up by connection: which one of the same moment is older. */
  place: u32 = 0;
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

  isOlderThan(other: Operation): bool {
    if (this.sentAt != other.sentAt) return this.sentAt < other.sentAt;
    return <i32>(this.place - other.place) < 0;
  }

  /** Whether the same responses fit. */
  isLike(other: Operation): bool {
    return this.id == other.id && this.op == other.op && this.owner == other.owner;
  }

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
const OPERATION_BYTES: usize = 56;

/** Operations that are made at a time. */
const SLAB: i32 = 64;

/** The index has to begin with so many buckets. */
const FIRST_BUCKETS: u32 = 256;

/** Spreads addresses, which have many zeros. */
const OWNER_FACTOR: u32 = 0x9e37_79b1;

/** Multipliers of MurmurHash3's last step. */
const FIRST_FACTOR: u32 = 0x85eb_ca6b;
const SECOND_FACTOR: u32 = 0xc2b2_ae35;

/**
 * All outstanding operations of a VM by connection and message ID. Those that the same responses fit form a ring, oldest
 * to newest, of which only the newest is in the bucket: however many wait under one ID, finding the oldest, adding one
 * and taking the oldest out is the same work.
 */
class Index {
  private static buckets: usize = memory.data(1_024);
  private static mask: u32 = FIRST_BUCKETS - 1;
  private static rings: u32 = 0;
  private static free: usize = 0;
  /** What a client cannot know, so that it cannot choose IDs that share a bucket. Changes while the index is empty. */
  private static seed: u32 = 0;

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

  /** The newest ones of the rings in the bucket of an ID, by `chained`. */
  static first(owner: usize, id: u32): usize {
    return load<usize>(Index.bucket(owner, id));
  }

  /** Makes it the newest of its ring. */
  static enter(operation: Operation): void {
    if (Index.rings == 0) Index.seed = <u32>operation.sentAt;
    else if (Index.rings > Index.mask + (Index.mask >> 1)) Index.widen();
    const link = Index.linkOf(operation);
    const address = changetype<usize>(operation);
    const at = load<usize>(link);
    if (at == 0) {
      operation.newer = address;
      operation.chained = 0;
      Index.rings++;
    } else {
      const newest = changetype<Operation>(at);
      operation.newer = newest.newer;
      operation.chained = newest.chained;
      newest.newer = address;
    }
    store<usize>(link, address);
  }

  /** Takes the oldest one of a ring out of it. */
  static remove(oldest: Operation): void {
    const link = Index.linkOf(oldest);
    const at = load<usize>(link);
    if (at == 0) return;
    const newest = changetype<Operation>(at);
    newest.newer = oldest.newer;
    if (newest !== oldest) return;
    store<usize>(link, oldest.chained);
    Index.rings--;
  }

  private static bucket(owner: usize, id: u32): usize {
    let hash = id ^ Index.seed ^ (((<u32>owner) >> 4) * OWNER_FACTOR);
    hash = (hash ^ (hash >> 16)) * FIRST_FACTOR;
    hash = (hash ^ (hash >> 13)) * SECOND_FACTOR;
    return Index.buckets + ((<usize>((hash ^ (hash >> 16)) & Index.mask)) << 2);
  }

  /** Address of what points to the newest one of the ring, or would. */
  private static linkOf(operation: Operation): usize {
    let link = Index.bucket(operation.owner, operation.id);
    let at = load<usize>(link);
    while (at != 0 && !changetype<Operation>(at).isLike(operation)) {
      link = at + offsetof<Operation>("chained");
      at = load<usize>(link);
    }
    return link;
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

  /** Enters the rings of a bucket once more. */
  private static relink(first: usize): void {
    let at = first;
    while (at != 0) {
      const newest = changetype<Operation>(at);
      const next = newest.chained;
      const bucket = Index.bucket(newest.owner, newest.id);
      newest.chained = load<usize>(bucket);
      store<usize>(bucket, at);
      at = next;
    }
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
    const address = Index.take();
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
    Index.enter(fresh);
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
    let at = Index.first(owner, id);
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
    Index.remove(operation);
    this.lineOf(operation).remove(operation);
    this.length--;
    Index.give(operation);
  }

  private lineOf(operation: Operation): Line {
    return operation.kind == Op.bind ? this.binds : this.others;
  }
}
