import { Host } from "../host/host";

/**
 * The connection of a callback that has no bytes of its own: it can be held back or let go, and closed. Valid until
 * the callback returns.
 */
export class Connection {
  /** For the runtime: whether nothing of the client's goes on when the callback returns. */
  isHeld: bool = false;
  /** For the runtime: whether the filter closed it. */
  isClosed: bool = false;

  /** For the runtime: begins a callback. */
  open(): void {
    this.isHeld = false;
    this.isClosed = false;
  }

  /** Lets go on what is held, as soon as this callback has returned. No effect when nothing is. */
  release(): void {
    this.isHeld = false;
  }

  /** Closes both connections after what is already written has gone out. False when the proxy refused. */
  close(): bool {
    this.isClosed = true;
    return Host.stream.close();
  }
}

/** A connection that was just accepted. */
@final
export class NewConnection extends Connection {
  /**
   * Nothing of the client's goes on, and no connection to a server is made, until `release` here, on a chunk, or on
   * a `Connection`. What the client sends meanwhile is shown to this filter as it comes.
   */
  hold(): void {
    this.isHeld = true;
  }
}
