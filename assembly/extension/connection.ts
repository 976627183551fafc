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
   * Nothing of the client's goes on, and no connection to a server is made, until `release` on a chunk or on a
   * `Connection`. By default tcp_proxy does not let the client be read meanwhile, so there is no chunk, and its going
   * away is not noticed: wait for an answer that comes in any case. With `upstream_connect_mode: ON_DOWNSTREAM_DATA`
   * what the client sends is shown to this filter as it comes; a client that ends without a byte is never connected
   * then, and stays until tcp_proxy's idle timeout unless the filter closes it.
   */
  hold(): void {
    this.isHeld = true;
  }
}
