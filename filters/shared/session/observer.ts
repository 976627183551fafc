import { From } from "./peers";

/** What is reported of any connection, whatever its protocol. */
export abstract class ConnectionObserver {
  /** Bytes that passed, read or not. */
  bytes(_from: From, _count: i32): void {}
  /** Bytes that were passed unread. */
  opaqueBytes(_from: From, _count: u64): void {}
}
