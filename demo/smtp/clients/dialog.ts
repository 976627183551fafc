import { connect, type Socket } from "node:net";
import type { Address } from "../../../host/envoy/address.ts";

/** A complete reply: its code and its lines without it. */
export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** A mail server that says nothing for so long is out of order, and so is a proxy that swallows an answer. */
const REPLY_TIMEOUT_MS = 15_000;

/** One SMTP session as a client leads it: sends lines, waits for replies. Every failure is an Error in one line. */
export class Dialog {
  private readonly socket: Socket;
  private readonly closed: Promise<void>;
  private readonly replies: Reply[] = [];
  private readonly waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  private pending = "";
  private lines: string[] = [];
  private failure: Error | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.read(text);
    });
    socket.on("error", (error) => {
      this.fail(error);
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.fail(new Error("the connection was closed"));
        resolve();
      });
    });
  }

  /** Connects and waits for the greeting, which has to be 220. */
  static async open({ host, port }: Address): Promise<Dialog> {
    const dialog = new Dialog(connect({ host, port }));
    await dialog.expect(220);
    return dialog;
  }

  /** Sends text as it is. */
  write(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Sends lines in one piece, without waiting: a pipelined group when there are several. */
  send(...lines: readonly string[]): void {
    this.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** Waits for the next reply. */
  reply(): Promise<Reply> {
    const ready = this.replies.shift();
    if (ready) return Promise.resolve(ready);
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.fail(new Error(`no reply within ${REPLY_TIMEOUT_MS / 1000} s`));
        this.socket.destroy();
      }, REPLY_TIMEOUT_MS);
      this.waiting.push({
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  /** Waits for the next reply, which has to have one of these codes. */
  async expect(...codes: readonly number[]): Promise<Reply> {
    const reply = await this.reply();
    if (codes.includes(reply.code)) return reply;
    throw new Error(`expected ${codes.join(" or ")}, got ${reply.code} ${reply.lines.join(" / ")}`);
  }

  /** Sends a line and waits for its reply. */
  async ask(line: string, ...codes: readonly number[]): Promise<Reply> {
    this.send(line);
    return this.expect(...codes);
  }

  /** QUIT, its reply, and the end of the connection. */
  async quit(): Promise<void> {
    await this.ask("QUIT", 221);
    await this.hangUp();
  }

  /** Closes without a word and waits until the connection is gone. */
  async hangUp(): Promise<void> {
    this.socket.end();
    await this.closed;
  }

  private read(text: string): void {
    const lines = (this.pending + text).split("\r\n");
    this.pending = lines.pop() ?? "";
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    this.lines.push(line.slice(4));
    if (line[3] === "-") return;
    const reply = { code: Number(line.slice(0, 3)), lines: this.lines };
    this.lines = [];
    const next = this.waiting.shift();
    if (next) next.resolve(reply);
    else this.replies.push(reply);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}
