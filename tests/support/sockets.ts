import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A server under a test's control: it hands out its connections and closes with the test. */
export class Upstream {
  readonly accepted: Peer[] = [];
  private readonly server: Server;
  private readonly waiting: ((peer: Peer) => void)[] = [];

  private constructor(server: Server) {
    this.server = server;
    server.on("connection", (socket) => {
      const peer = new Peer(socket);
      this.accepted.push(peer);
      this.waiting.shift()?.(peer);
    });
  }

  static async start(): Promise<Upstream> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Upstream(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The next connection that is accepted. */
  next(): Promise<Peer> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  stop(): void {
    for (const peer of this.accepted) peer.socket.destroy();
    this.server.close();
  }
}

/** One end of a connection: collects what comes and waits for it. */
export class Peer {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  ended = false;
  /** Closed by a reset. */
  failed = false;
  closed = false;
  private changed: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => this.note(() => (this.received = Buffer.concat([this.received, bytes]))));
    socket.on("end", () => this.note(() => (this.ended = true)));
    socket.on("error", () => this.note(() => (this.failed = true)));
    socket.on("close", () => this.note(() => (this.closed = true)));
  }

  static async connect(port: number): Promise<Peer> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const peer = new Peer(socket);
    await once(socket, "connect");
    return peer;
  }

  get text(): string {
    return this.received.toString();
  }

  /** Nothing more can come. A reset is an end, too. */
  get isOver(): boolean {
    return this.ended || this.failed || this.closed;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Resolves when it is over. */
  gone(): Promise<void> {
    return this.until(({ isOver }) => isOver);
  }

  /** Resolves once the condition holds; looks after everything that happens to the socket. */
  async until(condition: (peer: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.changed.push(resolve));
  }

  private note(change: () => void): void {
    change();
    const waiting = this.changed;
    this.changed = [];
    for (const resolve of waiting) resolve();
  }
}

/** A port on which nothing listens, a moment ago. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
