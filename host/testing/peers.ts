// Both peers of one connection: what they do, in the order Envoy would see it, and what reaches them.

import type { Connection, ConnectionOptions } from "../vm/connection.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import type { Passed, TranscriptPeer } from "./conversation.ts";

/** Envoy's response flag UR, which it sets when the upstream resets. */
const UPSTREAM_REMOTE_RESET = { "response.flags": 0x10 };

const NOTHING = new Uint8Array(0);

/** What came through from one peer. */
class Arrived implements Passed {
  ended = false;
  private parts: Uint8Array[] = [];

  get bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  add(bytes: Uint8Array, ended: boolean): void {
    if (bytes.length > 0) this.parts.push(bytes);
    this.ended ||= ended;
  }

  /** What came since the last call. */
  take(): Passed {
    const taken = { bytes: this.bytes, ended: this.ended };
    this.parts = [];
    return taken;
  }
}

/** A connection of a plugin, and its two peers. Impossible orders throw. */
export class Peers {
  readonly connection: Connection;
  /** What the proxy knows only when the connection is over. */
  atClose: Properties = {};
  /** By sender: what reached the other peer. */
  readonly passed: Readonly<Record<TranscriptPeer, Arrived>> = {
    client: new Arrived(),
    server: new Arrived(),
  };
  private readonly ended = { client: false, server: false };

  constructor(plugin: Plugin, options: ConnectionOptions = {}) {
    this.connection = plugin.newConnection({
      ...options,
      passOn: (direction, bytes, ended) =>
        this.passed[direction === "upstream" ? "client" : "server"].add(bytes, ended),
    });
  }

  /** The peer sends. */
  send(peer: TranscriptPeer, bytes: Uint8Array): void {
    this.give(peer, bytes, false);
  }

  /** The peer sends its FIN, after `bytes`. When both have, Envoy closes: who comes last decides what it calls that. */
  end(peer: TranscriptPeer, bytes: Uint8Array = NOTHING): void {
    this.give(peer, bytes, true);
    this.ended[peer] = true;
    if (this.connection.closed || !this.ended.client || !this.ended.server) return;
    this.connection.close(peer === "client" ? "remote" : "local", this.atClose);
  }

  /** The peer is gone without a FIN. */
  reset(peer: TranscriptPeer): void {
    if (peer === "client") this.connection.close("remote", this.atClose);
    else this.connection.close("local", { ...UPSTREAM_REMOTE_RESET, ...this.atClose });
  }

  /** The proxy closes by itself, for a time-out of its own, say. */
  closeLocally(): void {
    this.connection.close("local", this.atClose);
  }

  /** Who has not closed yet does: the client first. */
  finish(): void {
    for (const peer of ["client", "server"] as const) {
      if (!this.connection.closed && !this.ended[peer]) this.end(peer);
    }
  }

  private give(peer: TranscriptPeer, bytes: Uint8Array, ended: boolean): void {
    if (peer === "client") this.connection.downstream(bytes, ended);
    else this.connection.upstream(bytes, ended);
  }
}
