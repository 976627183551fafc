import { Budget } from "../../../assembly/bytes/budget";
import { Operation, OPERATION_BYTES } from "./operation";

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
export class OperationIndex {
  private static buckets: usize = memory.data(1_024);
  private static mask: u32 = FIRST_BUCKETS - 1;
  private static rings: u32 = 0;
  private static free: usize = 0;
  /** What a client cannot know, so that it cannot choose IDs that share a bucket. Changes while the index is empty. */
  private static seed: u32 = 0;

  /** Memory for an operation, 0 when the budget is spent. */
  static take(): usize {
    if (OperationIndex.free == 0) OperationIndex.grow();
    const taken = OperationIndex.free;
    if (taken == 0) return 0;
    OperationIndex.free = changetype<Operation>(taken).next;
    return taken;
  }

  static give(operation: Operation): void {
    operation.next = OperationIndex.free;
    OperationIndex.free = changetype<usize>(operation);
  }

  /** The newest ones of the rings in the bucket of an ID, by `chained`. */
  static first(owner: usize, id: u32): usize {
    return load<usize>(OperationIndex.bucket(owner, id));
  }

  /** Makes it the newest of its ring. */
  static enter(operation: Operation): void {
    if (OperationIndex.rings == 0) OperationIndex.seed = <u32>operation.sentAt;
    else if (OperationIndex.rings > OperationIndex.mask + (OperationIndex.mask >> 1)) OperationIndex.widen();
    const link = OperationIndex.linkOf(operation);
    const address = changetype<usize>(operation);
    const at = load<usize>(link);
    if (at == 0) {
      operation.newer = address;
      operation.chained = 0;
      OperationIndex.rings++;
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
    const link = OperationIndex.linkOf(oldest);
    const at = load<usize>(link);
    if (at == 0) return;
    const newest = changetype<Operation>(at);
    newest.newer = oldest.newer;
    if (newest !== oldest) return;
    store<usize>(link, oldest.chained);
    OperationIndex.rings--;
  }

  private static bucket(owner: usize, id: u32): usize {
    let hash = id ^ OperationIndex.seed ^ (((<u32>owner) >> 4) * OWNER_FACTOR);
    hash = (hash ^ (hash >> 16)) * FIRST_FACTOR;
    hash = (hash ^ (hash >> 13)) * SECOND_FACTOR;
    return OperationIndex.buckets + ((<usize>((hash ^ (hash >> 16)) & OperationIndex.mask)) << 2);
  }

  /** Address of what points to the newest one of the ring, or would. */
  private static linkOf(operation: Operation): usize {
    let link = OperationIndex.bucket(operation.owner, operation.id);
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
    for (let i = 0; i < SLAB; i++)
      OperationIndex.give(changetype<Operation>(slab + <usize>i * OPERATION_BYTES));
  }

  /** Twice as many buckets; where the budget does not allow it, the chains are longer. */
  private static widen(): void {
    const old = OperationIndex.buckets;
    const count = OperationIndex.mask + 1;
    const bytes = (<usize>count) << 3;
    if (!Budget.take(<u64>bytes)) return;
    OperationIndex.buckets = heap.alloc(bytes);
    memory.fill(OperationIndex.buckets, 0, bytes);
    OperationIndex.mask = (count << 1) - 1;
    for (let i: u32 = 0; i < count; i++) OperationIndex.relink(load<usize>(old + ((<usize>i) << 2)));
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
      const bucket = OperationIndex.bucket(newest.owner, newest.id);
      newest.chained = load<usize>(bucket);
      store<usize>(bucket, at);
      at = next;
    }
  }
}
