/** A mail client that does what it is told, waits for each reply, and leaves when the server does. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** How far a delivery goes before QUIT. */
export interface Delivery {
  readonly hello?: string;
  readonly recipients?: number;
  /** Ends the connection after this command's reply, without QUIT. */
  readonly leaveAfter?: string;
}

/** The client's side of a session. */
export class Client {
  private readonly socket: Socket;
  private buffered = "";
  private wake: () => void = () => undefined;
  private ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => this.end());
    socket.on("end", () => this.end());
    socket.on("close", () => this.end());
    socket.on("data", (chunk) => {
      this.buffered += chunk.toString("latin1");
      this.wake();
    });
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect(port, "127.0.0.1");
    const client = new Client(socket);
    await once(socket, "connect");
    return client;
  }

  /** The next reply, all its lines; undefined when the server ends the connection before it is complete. */
  async reply(): Promise<string | undefined> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.buffered);
      if (match !== null) {
        this.buffered = this.buffered.slice(match[0].length);
        return match[0];
      }
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Sends a line, or several, and waits for one reply. */
  async say(line: string): Promise<string | undefined> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** Sends text as it is, one octet for each character. */
  send(text: string): void {
    if (!this.ended) this.socket.write(text, "latin1");
  }

  /** Waits until the server has ended the connection; returns the replies it gave until then. */
  async rest(): Promise<string[]> {
    const replies: string[] = [];
    for (let next = await this.reply(); next !== undefined; next = await this.reply()) replies.push(next);
    return replies;
  }

  /** FIN, unless the connection is over. */
  leave(): void {
    this.socket.end();
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }
}

/**
 * Delivers one message as far as the server lets it, and says QUIT if it can. Returns the code of each reply by
 * command; a command the server never answered has none.
 */
export async function deliver(port: number, delivery: Delivery = {}): Promise<Record<string, string>> {
  const client = await Client.connect(port);
  const codes: Record<string, string> = {};
  try {
    for (const [name, line] of script(delivery)) {
      // A body is sent only to a server that asked for it.
      if (name === "eod" && !codes["data"]?.startsWith("3")) continue;
      const reply = name === "connect" ? await client.reply() : await client.say(line);
      if (reply === undefined) break;
      codes[name] = lastCode(reply);
      if (name === delivery.leaveAfter || isLast(name, reply)) break;
    }
  } finally {
    client.leave();
  }
  return codes;
}

/** Whether a client leaves after this reply: the server is about to go, or does not want it. */
function isLast(name: string, reply: string): boolean {
  return reply.startsWith("421") || (name === "connect" && !reply.startsWith("2"));
}

function lastCode(reply: string): string {
  const lines = reply.trimEnd().split("\r\n");
  return (lines.at(-1) ?? "").slice(0, 3);
}

function script({ hello = "HELO client.example", recipients = 1 }: Delivery): [name: string, line: string][] {
  const rcpts = Array.from({ length: recipients }, (_, i): [string, string] => [
    "rcpt",
    `RCPT TO:<r${i}@mx.example>`,
  ]);
  return [
    ["connect", ""],
    ["hello", hello],
    ["mail", "MAIL FROM:<sender@client.example>"],
    ...rcpts,
    ["data", "DATA"],
    ["eod", "Subject: test\r\n\r\nhello\r\n."],
    ["quit", "QUIT"],
  ];
}
