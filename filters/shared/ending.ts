import { Peer, StreamInfo } from "../../assembly";
import { From } from "./session/peers";

/** Envoy's response flag for a connection that the upstream reset (StreamInfo::UpstreamRemoteReset). */
const UPSTREAM_REMOTE_RESET: u64 = 0x10;

/** Who ended a connection. */
export const enum EndedBy {
  client,
  server,
  /** The proxy, as there never was a connection to the server. */
  unreachable,
  /** The proxy, of its own. */
  proxy,
}

/** One of four values, by who ended a connection. */
export function byEnd<T>(by: EndedBy, client: T, server: T, unreachable: T, proxy: T): T {
  if (by == EndedBy.client) return client;
  if (by == EndedBy.server) return server;
  return by == EndedBy.unreachable ? unreachable : proxy;
}

/** How far a connection got, and who ended it (docs/smtp.md, "How a session ends", has the table). */
@final
export class Ending {
  private hasClientBytes: bool = false;
  private hasServerBytes: bool = false;
  private hasEnded: bool = false;
  private first: From = From.client;

  begin(): void {
    this.hasClientBytes = false;
    this.hasServerBytes = false;
    this.hasEnded = false;
  }

  /** So many bytes of a peer's passed. */
  @inline
  passed(from: From, count: i32): void {
    if (count <= 0) return;
    if (from == From.client) this.hasClientBytes = true;
    else this.hasServerBytes = true;
  }

  /** A peer sends nothing more. */
  ended(from: From): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.first = from;
  }

  /** No byte passed either way. */
  get isEmpty(): bool {
    return !this.hasClientBytes && !this.hasServerBytes;
  }

  /** The first that said so; else what the proxy knows, which is then asked. `peer`: who closed, as the proxy says. */
  by(peer: Peer): EndedBy {
    if (this.hasEnded) return this.first == From.client ? EndedBy.client : EndedBy.server;
    if (peer == Peer.remote) return EndedBy.client;
    const wasConnected = this.hasServerBytes || StreamInfo.upstreamLocalAddress() !== null;
    if (!wasConnected) return EndedBy.unreachable;
    const flags = StreamInfo.responseFlags();
    const wasReset = flags !== null && (flags.value & UPSTREAM_REMOTE_RESET) != 0;
    return wasReset ? EndedBy.server : EndedBy.proxy;
  }
}
