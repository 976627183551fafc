import { createServer, type Server as HttpServer } from "node:http";
import type { Server, Socket } from "node:net";
import { SMTPServer } from "smtp-server";
import tlsOptions from "smtp-server/lib/tls-options";
import { formatAddress, type Address } from "../../host/envoy/address.ts";
import { Book } from "./book.ts";
import { Ledger, type ByteCounts } from "./ledger.ts";
import { MAX_MESSAGE_BYTES, refusalFor, workFor } from "./policy.ts";

/** Where the mail server and its book are to listen; port 0 takes a free one. */
export interface MailServerOptions {
  readonly smtp: Address;
  readonly book: Address;
}

/** Sessions that are still open at the end are ended by the server after this long. */
const CLOSE_GRACE_MS = 1_000;

/** A real mail server (npm smtp-server) that keeps its own book and shows it under /metrics. */
export class MailServer {
  readonly book = new Book();
  private readonly ledgers = new Map<string, Ledger>();
  private readonly smtp = new BookedServer(this.ledgers, this.book);
  private readonly http: HttpServer = createServer((_, response) => {
    for (const ledger of this.ledgers.values()) ledger.enterBytes();
    void this.book.registry.metrics().then((text) => {
      response.writeHead(200, { "content-type": this.book.registry.contentType }).end(text);
    });
  });

  private constructor() {
    // Only start() makes one: a server without its listeners is of no use.
  }

  /** Starts both listeners. Throws, in one line, when an address is in use. */
  static async start(options: MailServerOptions): Promise<MailServer> {
    const server = new MailServer();
    await listen(server.smtp.server, options.smtp);
    try {
      await listen(server.http, options.book);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Where it takes mail. */
  get address(): Address {
    return addressOf(this.smtp.server);
  }

  /** URL of the server's own metrics. */
  get bookUrl(): string {
    return `http://${formatAddress(addressOf(this.http))}/metrics`;
  }

  /** Sessions that are open now. */
  get openSessions(): number {
    return this.ledgers.size;
  }

  /** Ends both listeners and what is still connected. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.smtp.close(resolve);
    });
    await new Promise((resolve) => {
      this.http.close(resolve);
      this.http.closeAllConnections();
    });
  }
}

/** smtp-server with a ledger for each connection, filled from the log it writes about itself. */
class BookedServer extends SMTPServer {
  private readonly ledgers: Map<string, Ledger>;
  private readonly book: Book;
  private accepted = 0;

  constructor(ledgers: Map<string, Ledger>, book: Book) {
    super({
      name: "mail.demo.test",
      banner: "Heirloom demo",
      // The package's own test certificate: its key is public, which is all a demo needs.
      ...certificate(),
      disabledCommands: ["AUTH"],
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      size: MAX_MESSAGE_BYTES,
      rejectOversized: true,
      closeTimeout: CLOSE_GRACE_MS,
      logger: bookkeeper(ledgers),
      onMailFrom: (sender, session, callback) => {
        later("sender", () => {
          if (sender.address === "" && !session.secure) book.nullSenders.inc();
          callback();
        });
      },
      onRcptTo: (recipient, _, callback) => {
        later("recipient", () => {
          callback(refusalFor(recipient.address));
        });
      },
      onData: (stream, _, callback) => {
        // A message that breaks off has no end, and no reply.
        stream.on("error", () => undefined);
        stream.on("end", () => {
          later("message", () => {
            callback();
          });
        });
        stream.resume();
      },
      onClose: ({ id }) => {
        ledgers.get(id)?.closed();
        ledgers.delete(id);
      },
    });
    this.ledgers = ledgers;
    this.book = book;
    // Clients that break off are part of the demo.
    this.on("error", () => undefined);
  }

  override connect(socket: Socket): void {
    const id = `demo-${++this.accepted}`;
    const bytes = (): ByteCounts => ({ client: socket.bytesRead, server: socket.bytesWritten });
    this.ledgers.set(id, new Ledger(this.book, bytes));
    super.connect(socket, { id });
  }
}

/** What smtp-server says about a session in its log. */
interface LogEntry {
  readonly tnx?: string;
  readonly cid?: string;
  readonly command?: string;
  readonly bytes?: number;
}

/** Takes the server's log for what it is: its own account of the commands, replies and messages it handled. */
function bookkeeper(ledgers: ReadonlyMap<string, Ledger>): {
  debug(entry: LogEntry, ...words: string[]): void;
  info(): void;
  error(): void;
} {
  return {
    debug: ({ tnx, cid, command, bytes }, _, text) => {
      const ledger = ledgers.get(cid ?? "");
      if (tnx === "command") ledger?.command(command ?? "");
      if (tnx === "data") ledger?.message(bytes ?? 0);
      if (tnx === "send") ledger?.reply(Number(text?.slice(0, 3)));
    },
    info: () => undefined,
    error: () => undefined,
  };
}

function later(step: Parameters<typeof workFor>[0], done: () => void): void {
  setTimeout(done, workFor(step));
}

function certificate(): { key: string; cert: string } {
  const { key, cert } = tlsOptions({});
  return { key: String(key), cert: String(cert) };
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const where = formatAddress({ host, port });
      reject(new Error(error.code === "EADDRINUSE" ? `${where} is in use` : `${where}: ${error.message}`));
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
}

function addressOf(server: Server): Address {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the mail server does not listen");
  return { host: address.address, port: address.port };
}
