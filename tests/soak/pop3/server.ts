import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { createServer as createTlsServer } from "node:tls";
import type { Registry } from "prom-client";
import type { Book } from "../../../demo/books.ts";
import { addressOf, listen } from "../../../demo/listen.ts";
import type { Identity } from "../../support/tls.ts";
import { MaildropBook } from "./book.ts";

/** Of everybody. */
export const PASSWORD = "sesame";

/** Every session finds these: short and long ones, with lines of dots. */
export const MESSAGES: readonly string[] = [
  "Subject: 1\r\n\r\nhello\r\n",
  "Subject: 2\r\n\r\n.\r\n..\r\n.dot\r\nend.\r\n",
  `Subject: 3\r\n\r\n${"A line of a long message, with words in it.\r\n".repeat(300)}`,
  `Subject: 4\r\n\r\n${"x".repeat(5_000)}\r\n`,
];

/** A POP3 server (RFC 1939) with the same messages for everybody, that keeps its own book. */
export class MaildropServer implements Book {
  readonly book = new MaildropBook();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  /** Only `start` makes one: a server that does not listen is of no use. */
  private constructor(identity?: Identity) {
    const options = { allowHalfOpen: true };
    const accept = (socket: Socket): void => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      new Maildrop(socket, this.book).greet();
    };
    this.server = identity
      ? createTlsServer({ ...options, ...identity }, accept)
      : createServer(options, accept);
  }

  /** Starts it on a free port of 127.0.0.1; with an identity, TLS from the first byte. */
  static async start(identity?: Identity): Promise<MaildropServer> {
    const started = new MaildropServer(identity);
    await listen(started.server, { host: "127.0.0.1", port: 0 });
    return started;
  }

  get registry(): Registry {
    return this.book.registry;
  }

  get port(): number {
    return addressOf(this.server).port;
  }

  enter(): void {
    // Nothing is pending: every number is entered when it happens.
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      for (const socket of this.sockets) socket.destroy();
    });
  }
}

/** Verbs that the filter's metrics know. */
const VERBS = new Set("user pass capa stat list uidl retr dele rset noop quit".split(" "));

/** One session. */
class Maildrop {
  private readonly socket: Socket;
  private readonly book: MaildropBook;
  private readonly marked = new Set<number>();
  private user = "";
  private isIn = false;
  private hasQuit = false;

  constructor(socket: Socket, book: MaildropBook) {
    this.socket = socket;
    this.book = book;
    book.sessions.inc();
    book.active.inc();
    socket.setNoDelay(true);
    const lines = createInterface({ input: socket });
    // The line reader passes on what goes wrong with the socket.
    for (const one of [socket, lines]) one.on("error", () => undefined);
    lines.on("line", (line) => {
      this.command(line);
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      book.active.dec();
      this.book.updated.inc({ outcome: this.hasQuit ? "committed" : "dropped" }, this.marked.size);
    });
  }

  greet(): void {
    this.answer("connect", "+OK ready");
  }

  private command(line: string): void {
    if (this.hasQuit) return;
    const [word = "", argument = ""] = line.split(" ");
    const lower = word.toLowerCase();
    const verb = VERBS.has(lower) ? lower : "other";
    this.book.commands.inc({ verb });
    if (this.isIn || ["user", "pass", "capa", "quit"].includes(verb)) this.obey(verb, argument);
    else this.answer(verb, "-ERR log in first");
  }

  private obey(verb: string, argument: string): void {
    switch (verb) {
      case "user":
        this.user = argument;
        this.answer(verb, "+OK");
        return;
      case "pass":
        this.logIn(argument);
        return;
      case "capa":
        this.answer(verb, "+OK", ["USER", "UIDL", "PIPELINING"]);
        return;
      case "stat":
        this.answer(
          verb,
          `+OK ${this.there.length} ${this.there.reduce((sum, [, text]) => sum + text.length, 0)}`,
        );
        return;
      case "list":
        this.answer(
          verb,
          "+OK",
          this.there.map(([number, text]) => `${number} ${text.length}`),
        );
        return;
      case "uidl":
        this.answer(
          verb,
          "+OK",
          this.there.map(([number]) => `${number} message-${number}`),
        );
        return;
      case "retr":
        this.retrieve(Number(argument));
        return;
      case "dele":
        this.mark(Number(argument));
        return;
      case "rset":
        this.book.updated.inc({ outcome: "reset" }, this.marked.size);
        this.marked.clear();
        this.answer(verb, "+OK");
        return;
      case "noop":
        this.answer(verb, "+OK");
        return;
      case "quit":
        this.hasQuit = true;
        this.answer(verb, "+OK");
        this.socket.end();
        return;
      default:
        this.answer(verb, "-ERR unknown");
    }
  }

  /** Messages that are not marked, with their numbers. */
  private get there(): [number: number, text: string][] {
    return MESSAGES.map((text, i): [number, string] => [i + 1, text]).filter(
      ([number]) => !this.marked.has(number),
    );
  }

  private logIn(password: string): void {
    this.isIn = this.user !== "" && password === PASSWORD;
    this.book.results.inc({ result: this.isIn ? "success" : "failure" });
    this.answer("pass", this.isIn ? "+OK" : "-ERR no");
  }

  private retrieve(number: number): void {
    const [, text] = this.there.find(([one]) => one === number) ?? [];
    this.book.retrievals.inc({ outcome: text === undefined ? "refused" : "complete" });
    if (text !== undefined) this.book.retrieved++;
    if (text === undefined) this.answer("retr", "-ERR no such message");
    else this.answer("retr", "+OK", text.split("\r\n").slice(0, -1));
  }

  private mark(number: number): void {
    const isThere = this.there.some(([one]) => one === number);
    if (isThere) {
      this.marked.add(number);
      this.book.deletions.inc();
    }
    this.answer("dele", isThere ? "+OK" : "-ERR no such message");
  }

  /** A status line, and lines up to a dot where there are any to come. */
  private answer(verb: string, status: string, lines?: readonly string[]): void {
    this.book.replies.inc({ verb, class: status.startsWith("+") ? "ok" : "err" });
    const more = lines?.map((line) => `${line.startsWith(".") ? "." : ""}${line}\r\n`);
    this.socket.write(`${status}\r\n${more === undefined ? "" : `${more.join("")}.\r\n`}`);
  }
}
