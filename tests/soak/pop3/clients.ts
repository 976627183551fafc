import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { players, type Scenario, type Worker } from "../../../demo/crowd.ts";
import { anyOf, integer } from "../../../demo/material.ts";
import type { Address } from "../../../host/envoy/address.ts";
import { IDLE_MS } from "../idle.ts";
import { MESSAGES, PASSWORD } from "./server.ts";

/** Sessions at a time, with pauses between. */
const PLAYERS = 3;
const IDLERS = 4;

/** All POP3 clients: those of `clear` in the clear, those of `encrypted` inside TLS from the first byte. */
export function maildropClients(clear: Address, encrypted: Address): Worker[] {
  return [
    ...players(PLAYERS, [careful, careful, pipelined, stranger, dropping, resetting], clear),
    ...players(IDLERS, [idle], clear),
    ...players(1, [secret], encrypted),
  ];
}

const careful: Scenario = (server) => wholeSession(connect(server));

const secret: Scenario = ({ host, port }) =>
  wholeSession(connectTls({ host, port, rejectUnauthorized: false }));

/** One command after the other; some messages are deleted. */
async function wholeSession(socket: Socket): Promise<void> {
  const talk = await Talk.open(socket);
  await talk.ask("CAPA", ".\r\n");
  await talk.logIn();
  await talk.ask("STAT");
  await talk.ask("LIST", ".\r\n");
  for (let i = 1; i <= MESSAGES.length; i++) await talk.ask(`RETR ${i}`, "\r\n.\r\n");
  await talk.ask("RETR 99");
  for (let i = integer(0, MESSAGES.length); i > 0; i--) await talk.ask(`DELE ${i}`);
  if (integer(1, 4) === 1) await talk.ask("RSET");
  await talk.quit();
}

/** All in one segment (RFC 2449 §6.6). */
const pipelined: Scenario = async (server) => {
  const talk = await Talk.open(connect(server));
  await talk.logIn();
  const retrs = MESSAGES.map((_, i) => `RETR ${i + 1}\r\n`).join("");
  await talk.ask(`${retrs}DELE 1\r\nNOOP\r\nQUIT`, "\r\n.\r\n+OK\r\n+OK\r\n+OK\r\n");
  await talk.leave();
};

/** Never gets in, and asks for what there is not. */
const stranger: Scenario = async (server) => {
  const talk = await Talk.open(connect(server));
  await talk.ask("STAT");
  await talk.ask("FOO");
  await talk.ask("USER nobody");
  await talk.ask("PASS wrong");
  await anyOf(
    () => talk.quit(),
    () => talk.leave(),
  )();
};

/** Leaves without QUIT: what it marked stays. */
const dropping: Scenario = async (server) => {
  const talk = await Talk.open(connect(server));
  await talk.logIn();
  await talk.ask("DELE 1");
  await talk.ask("DELE 2");
  await talk.leave();
};

const resetting: Scenario = async (server) => {
  const talk = await Talk.open(connect(server));
  await talk.logIn();
  await talk.ask("RETR 1", "\r\n.\r\n");
  await talk.reset();
};

/** Logs in, and says nothing for long. */
const idle: Scenario = async (server) => {
  const talk = await Talk.open(connect(server));
  await talk.logIn();
  await delay(IDLE_MS);
  await talk.quit();
};

/** A peer that says nothing for so long is out of order: the client gives up. */
const REPLY_TIMEOUT_MS = 30_000;

/** A client that waits for each answer. */
export class Talk {
  private readonly socket: Socket;
  private readonly closed: Promise<unknown>;
  private text = "";
  private wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
      this.wake();
    });
  }

  /** Resolves when the server has greeted. */
  static async open(socket: Socket): Promise<Talk> {
    const talk = new Talk(socket);
    await talk.answered("\r\n");
    return talk;
  }

  async logIn(): Promise<void> {
    await this.ask("USER somebody");
    await this.ask(`PASS ${PASSWORD}`);
  }

  /** Sends a command and waits until what came ends so, or is a refusal. */
  async ask(command: string, end = "\r\n"): Promise<void> {
    this.text = "";
    this.socket.write(`${command}\r\n`);
    await this.answered(end);
  }

  async quit(): Promise<void> {
    await this.ask("QUIT");
    await this.leave();
  }

  /** FIN, and the end of the connection. */
  async leave(): Promise<void> {
    this.socket.end();
    await this.closed;
  }

  /** RST. */
  async reset(): Promise<void> {
    this.socket.resetAndDestroy();
    await this.closed;
  }

  private async answered(end: string): Promise<void> {
    const late = setTimeout(() => this.socket.destroy(), REPLY_TIMEOUT_MS);
    try {
      while (!this.text.endsWith(end) && !(this.text.startsWith("-ERR") && this.text.endsWith("\r\n"))) {
        if (this.socket.destroyed)
          throw new Error(`no whole answer from the POP3 server: ${this.text.slice(0, 80)}`);
        await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), this.closed]);
      }
    } finally {
      clearTimeout(late);
    }
  }
}
