import type { ByteCounts } from "../../bytes.ts";
import { replyClass, type Book } from "./book.ts";
import { Transaction, type Interruption } from "./transaction.ts";

/** The commands that have a verb of their own in the metrics. */
const VERBS = new Set(
  "helo ehlo lhlo mail rcpt data bdat rset quit noop vrfy expn help auth starttls etrn turn burl".split(" "),
);

/**
 * One session in the server's book, written from what the server itself logs: the commands it took, the replies
 * it sent, the messages it received. It answers one command after the other, so a reply belongs to the latest.
 */
export class Ledger {
  private readonly book: Book;
  private readonly bytes: () => ByteCounts;
  private entered: ByteCounts = { client: 0, server: 0 };
  /** What the next reply answers; undefined when nothing waits. */
  private waiting: string | undefined = "connect";
  private transaction: Transaction | undefined;
  private quit = false;
  /** Set once STARTTLS is accepted: the book of a session stops there. */
  private upgraded = false;

  constructor(book: Book, bytes: () => ByteCounts) {
    this.book = book;
    this.bytes = bytes;
    book.sessions.inc();
    book.active.inc();
  }

  /** The server took a command; `name` as it read it. */
  command(name: string): void {
    if (this.upgraded) return;
    const lower = name.toLowerCase();
    this.waiting = VERBS.has(lower) ? lower : "other";
    this.book.commands.inc({ verb: this.waiting });
  }

  /** The server received a message to its end. */
  message(bytes: number): void {
    if (this.upgraded) return;
    this.waiting = "eod";
    this.book.commands.inc({ verb: "eod" });
    this.book.messages.inc({ mode: "data" });
    this.book.messageBytes.observe(bytes);
  }

  /** The server sent a reply. */
  reply(code: number): void {
    if (this.upgraded) return;
    const verb = this.waiting;
    this.book.replyCodes.inc({ code: String(code) });
    if (verb === undefined) return;
    this.waiting = undefined;
    this.book.replies.inc({ verb, class: replyClass(code) });
    this.settle(verb, code);
  }

  /** Enters the bytes since the last time: of sessions that are still open, too, the book is to be true. */
  enterBytes(): void {
    if (this.upgraded) return;
    const now = this.bytes();
    this.book.clearBytes.inc({ from: "client" }, now.client - this.entered.client);
    this.book.clearBytes.inc({ from: "server" }, now.server - this.entered.server);
    this.entered = now;
  }

  /** The connection is gone. */
  closed(): void {
    this.book.active.dec();
    this.book.sessionEnds.inc({ reason: this.upgraded ? "tls" : this.quit ? "quit" : "client_close" });
    if (this.upgraded) return;
    this.interrupt("client_close");
    this.enterBytes();
  }

  private settle(verb: string, code: number): void {
    const accepted = replyClass(code) === "2xx";
    switch (verb) {
      case "mail":
        return this.sender(code);
      case "rcpt":
        return this.recipient(code);
      case "data":
        return this.transaction?.data(code);
      case "eod":
        return this.completed(code);
      case "rset":
        return accepted ? this.interrupt("rset") : undefined;
      case "helo":
      case "ehlo":
        return accepted ? this.interrupt("hello") : undefined;
      case "quit":
        this.quit = accepted;
        return this.interrupt("quit");
      case "starttls":
        return accepted ? this.upgrade() : undefined;
    }
  }

  private sender(code: number): void {
    if (replyClass(code) === "2xx") {
      this.transaction = new Transaction();
      this.book.started.inc();
    } else {
      this.book.rejections.inc({ stage: "mail", class: replyClass(code) });
    }
  }

  private recipient(code: number): void {
    const found = replyClass(code);
    const outcome = found === "2xx" ? "accepted" : found === "4xx" ? "rejected_4xx" : "rejected_5xx";
    this.book.recipients.inc({ outcome });
    this.transaction?.recipient(code);
  }

  private completed(code: number): void {
    if (this.transaction) this.book.ended(this.transaction.completed(code));
    this.transaction = undefined;
  }

  private interrupt(cause: Interruption): void {
    if (this.transaction) this.book.ended(this.transaction.interrupted(cause));
    this.transaction = undefined;
  }

  private upgrade(): void {
    this.interrupt("starttls");
    this.enterBytes();
    this.book.tlsUpgrades.inc();
    this.upgraded = true;
  }
}
