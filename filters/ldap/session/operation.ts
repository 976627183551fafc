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
export const OPERATION_BYTES: usize = 56;
