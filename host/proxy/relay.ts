import { Socket } from "node:net";
import { getSystemErrorMap } from "node:util";
import type { Connection, Direction } from "../vm/connection.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import { formatAddress, type Address } from "../envoy/address.ts";

/** Envoy's response flags: UF, the upstream could not be connected, and UR, it reset the connection. */
const UPSTREAM_CONNECTION_FAILURE = 0x20;
const UPSTREAM_REMOTE_RESET = 0x10;

/** Envoy's default `delayed_close_timeout`: how long a socket may idle on its way out. */
const DELAYED_CLOSE_MS = 1000;

const NOTHING = new Uint8Array(0);

/**
 * One client's connection and the one to the upstream, with the filter between them: half-close is kept, a slow side
 * slows the other down, and the filter hears of it all in the order in which Envoy tells it.
 */
export class Relay {
  private readonly client: Socket;
  private readonly server = new Socket({ allowHalfOpen: true });
  private readonly connection: Connection;
  private readonly onEnd: () => void;
  private readonly upstream: Address;
  private connected = false;
  private ended = false;
  private readonly finished = { client: false, server: false };

  /** `client` has to be paused and to allow half-open; `onEnd` is called once, when both sockets are done with. */
  constructor(plugin: Plugin, client: Socket, upstream: Address, onEnd: () => void) {
    this.client = client;
    this.onEnd = onEnd;
    this.upstream = upstream;
    this.connection = plugin.newConnection({
      properties: addresses(client),
      passOn: (direction, bytes, endOfStream) => this.forward(direction, bytes, endOfStream),
      onClose: () => this.closedByFilter(),
    });
    client.setNoDelay(true);
    this.server.setNoDelay(true);
    this.listenToClient();
    this.listenToServer();
    // The filter may have closed the connection at once.
    if (!this.ended) this.server.connect(upstream);
  }

  /** Closes both sides; the filter hears that Envoy closed. */
  stop(): void {
    this.end("local");
  }

  private listenToClient(): void {
    const { client, server } = this;
    client.on("data", (bytes) => this.guard(() => this.connection.downstream(bytes)));
    client.on("end", () =>
      this.guard(() => {
        this.finished.client = true;
        this.connection.downstream(NOTHING, true);
        this.endIfBothFinished("remote");
      }),
    );
    client.on("drain", () => server.resume());
    client.on("error", () => this.end("remote"));
    client.on("close", () => this.end("remote"));
  }

  private listenToServer(): void {
    const { client, server } = this;
    server.on("connect", () =>
      this.guard(() => {
        this.connected = true;
        this.connection.setProperties(upstreamAddresses(server));
        // Like tcp_proxy: nothing is read from the client before the upstream is there.
        client.resume();
      }),
    );
    server.on("data", (bytes) => this.guard(() => this.connection.upstream(bytes)));
    server.on("end", () =>
      this.guard(() => {
        this.finished.server = true;
        this.connection.upstream(NOTHING, true);
        this.endIfBothFinished("local");
      }),
    );
    server.on("drain", () => client.resume());
    server.on("error", (error) => {
      this.end(
        "local",
        this.connected ? { "response.flags": UPSTREAM_REMOTE_RESET } : connectFailure(error, this.upstream),
      );
    });
    server.on("close", () => this.end("local"));
  }

  private forward(direction: Direction, bytes: Uint8Array, endOfStream: boolean): void {
    const [from, to] = direction === "upstream" ? [this.client, this.server] : [this.server, this.client];
    if (bytes.length > 0 && !to.write(bytes)) from.pause();
    if (endOfStream) to.end();
  }

  private closedByFilter(): void {
    if (this.ended) return;
    this.ended = true;
    this.closeSockets();
  }

  /** Both FINs were seen: whose came last decides what Envoy calls it. */
  private endIfBothFinished(peer: "local" | "remote"): void {
    if (this.finished.client && this.finished.server) this.end(peer);
  }

  private end(peer: "local" | "remote", properties: Properties = {}): void {
    if (this.ended) return;
    this.ended = true;
    if (!this.connection.closed) this.connection.close(peer, properties);
    this.closeSockets();
  }

  /** As Envoy with FlushWrite: what is on its way still gets there, unless its receiver takes no more. */
  private closeSockets(): void {
    for (const socket of [this.client, this.server]) {
      socket.setTimeout(DELAYED_CLOSE_MS, () => socket.destroy());
      socket.resume();
      if (socket.connecting || socket.pending) socket.destroy();
      else socket.destroySoon();
    }
    this.onEnd();
  }

  private guard(action: () => void): void {
    if (!this.ended) action();
  }
}

function addresses(client: Socket): Properties {
  return {
    ...endpoint("source", client.remoteAddress, client.remotePort),
    ...endpoint("destination", client.localAddress, client.localPort),
    "connection.mtls": false,
    "response.flags": 0,
  };
}

function upstreamAddresses(server: Socket): Properties {
  const local = endpoint("upstream.local", server.localAddress, server.localPort)["upstream.local.address"];
  return {
    ...endpoint("upstream", server.remoteAddress, server.remotePort),
    ...(local === undefined ? {} : { "upstream.local_address": local }),
    "upstream.transport_failure_reason": "",
  };
}

/** What Envoy knows when the upstream could not be connected; the reason in its words. */
function connectFailure(error: NodeJS.ErrnoException, upstream: Address): Properties {
  const [, message = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
  const reason = message.charAt(0).toUpperCase() + message.slice(1);
  return {
    ...endpoint("upstream", upstream.host, upstream.port),
    "upstream.transport_failure_reason": `delayed connect error: ${reason}`,
    "response.flags": UPSTREAM_CONNECTION_FAILURE,
  };
}

function endpoint(prefix: string, host: string | undefined, port: number | undefined): Properties {
  if (host === undefined || port === undefined) return {};
  return { [`${prefix}.address`]: formatAddress({ host, port }), [`${prefix}.port`]: port };
}
