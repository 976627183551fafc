// A client and a server whose every segment, FIN and RST a test decides.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** One end of a connection. Texts are Latin-1: a character is a byte. */
export interface End {
  readonly socket: Socket;
  /** All it has received. */
  readonly received: () => string;
  /** Resolves when it has received `text`; rejects when it cannot come any more. */
  has(text: string): Promise<void>;
  /** Resolves when the other side sends no more. */
  readonly ended: Promise<void>;
  send(text: string): void;
  /** FIN; it goes on reading. */
  finish(): void;
  /** RST. */
  reset(): void;
}

/** Both ends of one connection through a proxy. */
export interface Pair {
  readonly client: End;
  readonly server: End;
}

/** A server on a free port of 127.0.0.1 that greets, and then only does what it is told. */
export class ScriptedServer {
  private readonly server: Server;
  private readonly greeting: string;
  private waiting: ((end: End) => void) | undefined;

  /** `greeting` is sent to every client; none by default. */
  constructor(greeting = "") {
    this.greeting = greeting;
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      const end = new SocketEnd(socket);
      if (greeting !== "") end.send(greeting);
      this.waiting?.(end);
      this.waiting = undefined;
    });
  }

  async listen(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** A client that connects to `port` (a proxy before this server), with the greeting received. */
  async pair(port: number): Promise<Pair> {
    const arrival = new Promise<End>((resolve) => (this.waiting = resolve));
    const client = await openClient(port);
    const server = await arrival;
    await client.has(this.greeting);
    return { client, server };
  }

  close(): void {
    this.server.close();
  }
}

/** Connects a client that keeps its side open when the other side ends. */
export async function openClient(port: number): Promise<End> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const end = new SocketEnd(socket);
  await once(socket, "connect");
  return end;
}

class SocketEnd implements End {
  readonly socket: Socket;
  readonly ended: Promise<void>;
  private text = "";
  private isOver = false;
  private readonly looks = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    // How a connection ends is what is tested: the errors are part of it.
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
      this.look();
    });
    this.ended = new Promise((resolve) => {
      const over = (): void => {
        this.isOver = true;
        this.look();
        resolve();
      };
      socket.once("end", over);
      socket.once("close", over);
    });
  }

  readonly received = (): string => this.text;

  has(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const isThere = this.text.includes(text);
        if (!isThere && !this.isOver) return;
        this.looks.delete(look);
        if (isThere) resolve();
        else reject(new Error(`ended without ${JSON.stringify(text)}; came: ${JSON.stringify(this.text)}`));
      };
      this.looks.add(look);
      look();
    });
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  finish(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  private look(): void {
    for (const look of this.looks) look();
  }
}
