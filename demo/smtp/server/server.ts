import type { Socket } from "node:net";
import type { Registry } from "prom-client";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerEnvelope } from "smtp-server";
import tlsOptions from "smtp-server/lib/tls-options";
import type { Address } from "../../../host/envoy/address.ts";
import type { ByteCounts } from "../../bytes.ts";
import { addressOf, listen } from "../../listen.ts";
import { work } from "../../material.ts";
import type { Receipt } from "../../page/messages.ts";
import { Receipts } from "../../receipts.ts";
import type { BookedServer } from "../../scene.ts";
import { size } from "../../view/numbers.ts";
import { Book } from "./book.ts";
import { Ledger } from "./ledger.ts";
import { Mailboxes, MAX_MESSAGE_BYTES, WORK_MS } from "./policy.ts";

/** Sessions that are still open at the end are ended by the server after this long. */
const CLOSE_GRACE_MS = 1_000;

/** A real mail server (npm smtp-server) that keeps its own book. */
export class MailServer implements BookedServer {
  readonly book = new Book();
  readonly mailboxes = new Mailboxes();
  private readonly ledgers = new Map<string, Ledger>();
  readonly receipts = new Receipts();
  private readonly smtp = new BookedSmtpServer(this.ledgers, this.book, this.mailboxes, this.receipts);

  private constructor() {
    // Only start() makes one: a server that does not listen is of no use.
  }

  /** Starts it; port 0 takes a free one. Throws, in one line, when the address is in use. */
  static async start(address: Address): Promise<MailServer> {
    const server = new MailServer();
    await listen(server.smtp.server, address);
    return server;
  }

  get registry(): Registry {
    return this.book.registry;
  }

  get address(): Address {
    return addressOf(this.smtp.server);
  }

  get openConnections(): number {
    return this.ledgers.size;
  }

  enter(): void {
    for (const ledger of this.ledgers.values()) ledger.enterBytes();
  }

  /** Takes no more mail, and ends what is still connected. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.smtp.close(resolve);
    });
  }
}

/** smtp-server with a ledger for each connection, filled from the log it writes about itself. */
class BookedSmtpServer extends SMTPServer {
  private readonly ledgers: Map<string, Ledger>;
  private readonly book: Book;
  private accepted = 0;

  constructor(ledgers: Map<string, Ledger>, book: Book, mailboxes: Mailboxes, receipts: Receipts) {
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
          callback(mailboxes.refusalFor(recipient.address));
        });
      },
      onData: (stream, { envelope, secure }, callback) => {
        // A message that breaks off has no end, and no reply.
        stream.on("error", () => undefined);
        stream.on("end", () => {
          receipts.enter(receiptOf(envelope, stream, secure));
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

/** A message as the server received it; the server itself refuses one that is too large, behind this. */
function receiptOf(
  { mailFrom, rcptTo }: SMTPServerEnvelope,
  { byteLength, sizeExceeded }: SMTPServerDataStream,
  isEncrypted: boolean,
): Omit<Receipt, "at"> {
  const from = mailFrom === false || mailFrom.address === "" ? "<>" : mailFrom.address;
  return {
    what: isEncrypted ? "mail, TLS" : "mail",
    subject: `${from} → ${rcptTo.map(({ address }) => address).join(", ")}`,
    outcome: sizeExceeded ? "too large" : "accepted",
    isGood: !sizeExceeded,
    amount: size(byteLength),
  };
}

function later(step: keyof typeof WORK_MS, done: () => void): void {
  setTimeout(done, work(WORK_MS[step]));
}

function certificate(): { key: string; cert: string } {
  const { key, cert } = tlsOptions({});
  return { key: String(key), cert: String(cert) };
}
