import { Slice } from "../../../assembly/bytes/slice";
import { Parked, Rereader } from "./limbo";
import { LineState } from "./linestate";
import { From } from "./peers";

/** What one peer of a session of lines says, and how far it is read. `S`: what both halves share. */
abstract class Half<S extends LineState> extends Rereader {
  constructor(protected readonly state: S) {
    super();
  }

  /** A connection was accepted. */
  abstract begin(): void;
  /** Takes bytes from the front of `input`: all, or up to where this half is not to go on. */
  abstract read(input: Slice): void;
  /** Gives all buffers back; nothing is held any more. */
  abstract release(): void;

  /** Whose half it is. */
  protected abstract get peer(): From;
  /** Octets that were taken and not read yet: put aside, or of something that has no end yet. */
  protected abstract get held(): u64;

  /** Nothing is read any more: what is held passes unread. */
  passHeld(): void {
    const held = this.held;
    if (held > 0) this.state.observer.opaqueBytes(this.peer, held);
  }

  /** Bytes that were put aside; what is left of them is passed unread. */
  reread(bytes: Slice): void {
    this.read(bytes);
    if (!bytes.isEmpty) this.state.observer.opaqueBytes(this.peer, <u64>bytes.length);
  }
}

/** The client's half; it also stops where the server's is to go first. */
export abstract class ClientHalf<S extends LineState> extends Half<S> {
  /** The client went on in clear text behind the start of TLS: what the server sent meanwhile must be read first. */
  wantsParkedReplies: bool = false;

  protected get peer(): From {
    return From.client;
  }
}

/** The server's half; what it sends behind an accepted start of TLS waits for the client's first byte. */
export abstract class ServerHalf<S extends LineState> extends Half<S> {
  protected get peer(): From {
    return From.server;
  }

  /** The client went on in clear text behind the start of TLS: what the server sent meanwhile are replies. */
  unpark(): void {
    this.state.isServerParked = false;
    this.state.serverLimbo.replay(this, PARKED);
  }

  protected park(input: Slice): void {
    const parked = this.state.serverLimbo.park(input);
    if (parked == Parked.refused) this.state.starve();
    else if (parked == Parked.full) this.state.overflow();
  }
}

/** Scratch: the bytes that are read again. */
const PARKED = new Slice();
