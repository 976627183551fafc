import { Slice } from "../../../assembly/bytes/slice";
import { ConnectionObserver } from "./observer";
import { From } from "./peers";

/** One connection, as its filter hands it the bytes of both peers. Reused: `begin`, its bytes, its end, again and again. */
export abstract class Session {
  /** The next one of those that have no connection. */
  nextIdle: Session | null = null;

  /** What it reports to. */
  abstract get observer(): ConnectionObserver;
  /** A connection was accepted. */
  abstract begin(): void;
  /** How many of a peer's next bytes need not be seen at all: they may be reported by `skip` instead. */
  abstract skips(from: From): u64;
  /** `count` bytes, at most `skips`, passed without being fetched. */
  abstract skip(from: From, count: u64): void;
  /** How many bytes of a large chunk may tell that most of it need not be seen; all of it where that is not to be expected. */
  get firstLook(): i32 {
    return i32.MAX_VALUE;
  }
  /** Bytes from a peer. */
  abstract read(from: From, input: Slice): void;
  /** `count` bytes passed that were to be read but could not be had: what they meant nobody knows. */
  abstract lose(from: From, count: u64): void;
  /** A peer sends nothing more. */
  end(_from: From): void {}
}
