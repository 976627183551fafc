/** A client and a server whose every segment, FIN and RST a test decides. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** One end of a connection. */
export interface End {
  readonly socket: Socket;
  /** All it has received. */
  readonly received: () => string;
  /** Resolves when it has received `text`. */
  has(text: string): Promise<void>;
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

const GREETING = "220 mx.example ESMTP\r\n";

/** A mail server that greets and then only does what it is told. */
export class ScriptedServer {
  private readonly server: Server;
  private waiting: ((end: End) => void) | undefined;

  constructor() {
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      const end = new SocketEnd(socket);
      end.send(GREETING);
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
    await client.has(GREETING);
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
  private text = "";
  private readonly looks = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    // How a connection ends is what is tested: the errors are part of it.
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
      for (const look of this.looks) look();
    });
  }

  readonly received = (): string => this.text;

  has(text: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.text.includes(text)) return;
        this.looks.delete(look);
        resolve();
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
}
