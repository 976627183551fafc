/** Ends of connections that count what comes and keep none of it: for much of it, or byte by byte. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** One end of a connection. */
export class Meter {
  readonly socket: Socket;
  /** Bytes that have come. */
  received = 0;
  /** Bytes that were sent. */
  sent = 0;
  private readonly looks = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    // Each write is to be a segment.
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      this.received += chunk.length;
      for (const look of this.looks) look();
    });
  }

  /** Sends a pattern until `size` bytes are sent, no faster than they are taken. */
  async send(pattern: Uint8Array, size = pattern.length): Promise<void> {
    for (let left = size; left > 0; left -= pattern.length) {
      const part = pattern.subarray(0, left);
      this.sent += part.length;
      if (!this.socket.write(part)) await once(this.socket, "drain");
    }
  }

  /** Resolves when `bytes` have come in all. */
  has(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.received < bytes) return;
        this.looks.delete(look);
        resolve();
      };
      this.looks.add(look);
      look();
    });
  }
}

/** Both ends of a connection through a proxy. */
export interface MeteredPair {
  readonly client: Meter;
  readonly server: Meter;
}

/** A server on a free port of 127.0.0.1 that only does what it is told. */
export class MeterServer {
  private readonly server: Server;
  private readonly arrivals: ((end: Meter) => void)[] = [];

  private constructor() {
    this.server = createServer({ allowHalfOpen: true }, (socket) =>
      this.arrivals.shift()?.(new Meter(socket)),
    );
  }

  static async start(): Promise<MeterServer> {
    const one = new MeterServer();
    one.server.listen(0, "127.0.0.1");
    await once(one.server, "listening");
    return one;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** A client that connects to `port`, a proxy before this server. */
  async pair(port: number): Promise<MeteredPair> {
    const arrival = new Promise<Meter>((resolve) => this.arrivals.push(resolve));
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const client = new Meter(socket);
    await once(socket, "connect");
    return { client, server: await arrival };
  }

  close(): void {
    this.server.close();
  }
}
