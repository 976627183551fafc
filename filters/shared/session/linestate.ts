import { BufferPool } from "../../../assembly/bytes/buffer";
import { Limbo } from "./limbo";
import { ConnectionObserver } from "./observer";
import { From } from "./peers";

/** Which end of stream came first. */
export const enum FirstEnd {
  none,
  client,
  server,
}

/** What the two halves of a session of lines share, whatever the protocol; a protocol reports in its own words. */
export abstract class LineState {
  /** What the server sends behind an accepted start of TLS, until the client's first byte says what it is. */
  readonly serverLimbo: Limbo;

  /** The session is passed unread. */
  isOpaque: bool = false;
  /** Opaque through TLS: the server's first record may be an alert. */
  awaitsAlert: bool = false;
  /** The start of TLS was accepted, and the client has sent nothing since. */
  isServerParked: bool = false;
  firstEnd: FirstEnd = FirstEnd.none;

  constructor(limbos: BufferPool) {
    this.serverLimbo = new Limbo(limbos);
  }

  /** A connection was accepted. */
  begin(): void {
    this.isOpaque = false;
    this.awaitsAlert = false;
    this.isServerParked = false;
    this.firstEnd = FirstEnd.none;
  }

  get hasEnded(): bool {
    return this.firstEnd != FirstEnd.none;
  }

  /** A peer sends nothing more. */
  ended(from: From): void {
    if (!this.hasEnded) this.firstEnd = from == From.client ? FirstEnd.client : FirstEnd.server;
  }

  /** What the session reports to. */
  abstract get observer(): ConnectionObserver;
  /** The memory budget is spent: reading can't go on. */
  abstract starve(): void;
  /** More was to be put aside than the cap allows: reading can't go on. */
  abstract overflow(): void;
  /** Bytes that were to be read could not be had. */
  abstract loseStep(): void;
  /** Behind a start of TLS the server sent an alert first. */
  abstract alertSeen(): void;

  /** From here on everything is passed unread. False when it was before. */
  protected goBlind(): bool {
    if (this.isOpaque) return false;
    this.isOpaque = true;
    return true;
  }
}
