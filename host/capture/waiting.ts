import type { TcpConnection } from "./connection.ts";

/**
 * What all connections together may keep for packets that have not come: sixteen times what one direction may, which
 * no ordinary capture needs. Each alone has its limits, but there are many in a long capture.
 */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** A connection, and what of it was known to wait when it was looked at last. */
export interface Waiter {
  readonly connection: TcpConnection;
  waiting: number;
}

/** The connections that keep something for packets that have not come. */
export class WaitingRoom<W extends Waiter> {
  /** The longest waiting first. */
  private readonly waiters = new Set<W>();
  private bytes = 0;

  /** Takes note of what of a connection waits now. */
  note(waiter: W): void {
    const { waiting } = waiter.connection;
    this.bytes += waiting - waiter.waiting;
    waiter.waiting = waiting;
    if (waiting === 0) this.waiters.delete(waiter);
    else this.waiters.add(waiter);
  }

  /** The connection is forgotten. */
  leave(waiter: W): void {
    this.bytes -= waiter.waiting;
    waiter.waiting = 0;
    this.waiters.delete(waiter);
  }

  /** Whose holes are to be given up, as there is no room for more: the longest waiting. */
  get surplus(): W | undefined {
    if (this.bytes <= MAX_WAITING_BYTES) return undefined;
    const [oldest] = this.waiters;
    return oldest;
  }

  /** The longest waiting first; they may leave while one goes through them. */
  [Symbol.iterator](): IterableIterator<W> {
    return this.waiters.values();
  }
}
