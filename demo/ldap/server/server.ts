import type { Socket } from "node:net";
import type { Registry } from "prom-client";
import type { Address } from "../../../host/envoy/address.ts";
import type { ByteCounts } from "../../bytes.ts";
import { addressOf, listen } from "../../listen.ts";
import { Receipts } from "../../receipts.ts";
import type { BookedServer } from "../../scene.ts";
import { ldapjs, QUIET, type Message, type Parser, type Server } from "../ldapjs.ts";
import { DirectoryBook } from "./book.ts";
import { Conversation } from "./conversation.ts";
import { Directory } from "./directory.ts";
import { mount } from "./handlers.ts";
import { Ledger } from "./ledger.ts";

/** The operation of a BindRequest. */
const BIND = 0x60;

/** A real directory server (npm ldapjs) with a small company in it, that keeps its own book. */
export class DirectoryServer implements BookedServer {
  readonly book = new DirectoryBook();
  readonly receipts = new Receipts();
  private readonly open = new Map<Socket, Ledger>();
  private readonly conversations = new WeakMap<Socket, Conversation>();
  private readonly ldap: Server = ldapjs.createServer({
    log: QUIET,
    connectionRouter: (socket) => {
      this.accept(socket);
    },
  });

  private constructor() {
    mount(this.ldap, new Directory(), (socket) => this.conversationOf(socket));
    // Clients that break off, and some that speak something else, are part of the demo.
    this.ldap.on("error", () => undefined);
    this.ldap.on("clientError", () => undefined);
  }

  /** Starts it; port 0 takes a free one. Throws, in one line, when the address is in use. */
  static async start(address: Address): Promise<DirectoryServer> {
    const server = new DirectoryServer();
    await listen(server.ldap.server, address);
    return server;
  }

  get registry(): Registry {
    return this.book.registry;
  }

  get address(): Address {
    return addressOf(this.ldap.server);
  }

  get openConnections(): number {
    return this.open.size;
  }

  enter(): void {
    for (const ledger of this.open.values()) ledger.enterBytes();
  }

  /** Takes no more connections, and ends those that are there. */
  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.ldap.server.close(resolve);
      for (const socket of this.open.keys()) socket.destroy();
    });
  }

  private accept(socket: Socket): void {
    socket.setNoDelay(true);
    const bytes = (): ByteCounts => ({ client: socket.bytesRead, server: socket.bytesWritten });
    const ledger = new Ledger(this.book, this.receipts, bytes);
    const conversation = this.conversationOf(socket);
    this.open.set(socket, ledger);
    this.ldap.newConnection(socket);
    const { parser } = socket as Socket & { parser: Parser };
    // Before ldapjs itself acts on it.
    parser.prependListener("message", (message: Message) => {
      ledger.request(message);
      if (message.abandonId !== undefined) conversation.abandon(message.abandonId);
      if (message.protocolOp === BIND) conversation.bind();
    });
    parser.prependListener("error", () => {
      ledger.unreadable();
    });
    tap(socket, ledger);
    socket.on("end", () => {
      conversation.endAll("closed");
    });
    socket.on("close", () => {
      conversation.endAll("closed");
      ledger.closed();
      this.open.delete(socket);
    });
  }

  private conversationOf(socket: Socket): Conversation {
    const known = this.conversations.get(socket) ?? new Conversation();
    this.conversations.set(socket, known);
    return known;
  }
}

/** Shows the ledger what ldapjs writes, which is one whole message each time. */
function tap(socket: Socket, ledger: Ledger): void {
  const written = new ldapjs.Parser({ log: QUIET });
  written.on("message", (message: Message) => {
    ledger.sent(message);
  });
  const write = socket.write.bind(socket);
  socket.write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
    written.write(Buffer.from(chunk));
    return write(chunk, ...(rest as []));
  };
}
