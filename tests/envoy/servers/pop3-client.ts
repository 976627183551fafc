/** A POP3 client that does what it is told, and waits for each answer. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** The client's side of a session. */
export class Pop3Client {
  /** Octets of the status lines in front of messages, by command. */
  readonly statusOctets = { retr: 0, top: 0 };
  private socket: Socket;
  private buffered = "";
  private wake: () => void = () => undefined;
  private isOver = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.listen();
  }

  /** Connects and takes the greeting. */
  static async connect(port: number): Promise<Pop3Client> {
    const socket = connect(port, "127.0.0.1");
    const client = new Pop3Client(socket);
    await once(socket, "connect");
    await client.line();
    return client;
  }

  /** The next line without its end; undefined when the server ends the connection first. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.buffered.indexOf("\r\n");
      if (end >= 0) {
        const line = this.buffered.slice(0, end);
        this.buffered = this.buffered.slice(end + 2);
        return line;
      }
      if (this.isOver) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Lines up to the dot; none behind -ERR. `command`: what they answer. */
  async lines(command = ""): Promise<string[]> {
    const found: string[] = [];
    const status = await this.line();
    if (status?.startsWith("+OK") !== true) return found;
    if (command.startsWith("RETR")) this.statusOctets.retr += status.length + 2;
    if (command.startsWith("TOP")) this.statusOctets.top += status.length + 2;
    for (let line = await this.line(); line !== undefined && line !== "."; line = await this.line())
      found.push(line);
    return found;
  }

  /** Sends a command and waits for its answer of one line. */
  say(command: string): Promise<string | undefined> {
    this.send(`${command}\r\n`);
    return this.line();
  }

  /** Sends a command and waits for its answer of many lines. */
  ask(command: string): Promise<string[]> {
    this.send(`${command}\r\n`);
    return this.lines(command);
  }

  /** Sends text as it is, one octet for each character. */
  send(text: string): void {
    if (!this.isOver) this.socket.write(text, "latin1");
  }

  /** Goes on inside TLS. */
  async encrypt(): Promise<void> {
    this.socket.removeAllListeners("data");
    const secured = connectTls({ socket: this.socket, rejectUnauthorized: false });
    await once(secured, "secureConnect");
    this.socket = secured;
    this.listen();
  }

  /** QUIT, and the end of the connection. */
  async quit(): Promise<void> {
    await this.say("QUIT");
    this.leave();
  }

  /** FIN, unless the connection is over. */
  leave(): void {
    this.socket.end();
  }

  private listen(): void {
    const end = (): void => {
      this.isOver = true;
      this.wake();
    };
    this.socket.on("error", end);
    this.socket.on("end", end);
    this.socket.on("close", end);
    this.socket.on("data", (chunk) => {
      this.buffered += chunk.toString("latin1");
      this.wake();
    });
  }
}
