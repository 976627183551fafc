import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createTransport } from "nodemailer";
import type { Address } from "../../host/envoy/address.ts";

/** Whom the application writes to. */
export const OPERATIONS = "operations@demo.test";
/** From whom. */
const SENDER = "shop@client.demo.test";

/** One entry of a log. */
export interface Entry {
  readonly level: "info" | "error";
  readonly message: string;
  readonly error?: Error;
}

/** Where entries go. */
export interface Outlet {
  write(entry: Entry): Promise<void>;
}

/** What the application has sent, counted by itself at its sockets. */
export interface Sent {
  /** Connections that were made, and are over. */
  readonly sessions: number;
  /** Messages that the server took. */
  readonly messages: number;
  /** Messages whose recipient the server refused. */
  readonly refused: number;
  /** Bytes written to the sockets. */
  readonly bytes: number;
  /** Size of each message taken, in bytes, without what SMTP adds to it. */
  readonly sizes: readonly number[];
}

/** nodemailer counts the line that ends a message (RFC 5321 §4.1.1.4) as part of it. */
const END_OF_DATA_BYTES = 3;

/** Mails every error, each over a connection of its own: what most logging libraries do when they are asked to. */
export class MailOutlet implements Outlet {
  private sessions = 0;
  private refused = 0;
  private bytes = 0;
  private readonly sizes: number[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly transport;

  constructor({ host, port }: Address) {
    this.transport = createTransport({
      host,
      port,
      ignoreTLS: true,
      name: "shop.demo.test",
      getSocket: (_, callback) => {
        const socket = connect({ host, port });
        this.count(socket);
        const fail = (error: Error): void => {
          callback(error);
        };
        socket.once("error", fail);
        socket.once("connect", () => {
          socket.off("error", fail);
          callback(null, { connection: socket });
        });
      },
    });
  }

  async write({ level, message, error }: Entry): Promise<void> {
    if (level !== "error") return;
    const text = `${message}\n\n${error?.stack ?? ""}\n`;
    try {
      const { messageSize } = await this.transport.sendMail({
        from: SENDER,
        to: OPERATIONS,
        subject: message,
        text,
      });
      this.sizes.push(messageSize - END_OF_DATA_BYTES);
    } catch (failure) {
      if (!isRefusal(failure)) throw failure;
      this.refused += 1;
    }
  }

  /** What was sent, once every connection is over. */
  async sent(): Promise<Sent> {
    await Promise.all(this.open);
    const { sessions, refused, bytes, sizes } = this;
    return { sessions, messages: sizes.length, refused, bytes, sizes: [...sizes] };
  }

  private count(socket: Socket): void {
    const over = new Promise<void>((resolve) => {
      socket.once("close", () => {
        this.sessions += 1;
        this.bytes += socket.bytesWritten;
        resolve();
      });
    });
    this.open.add(over);
  }
}

/** An order as it comes in from outside: text. */
type Order = string;

const STOCK: ReadonlyMap<string, number> = new Map([
  ["lamp", 40],
  ["chair", 12],
  ["desk", 3],
]);

/** A shop's order service: it works through orders, logs what it does, and its outlets get every entry. */
export class Application {
  private readonly outlets: readonly Outlet[];

  constructor(outlets: readonly Outlet[]) {
    this.outlets = outlets;
  }

  /** Works on the orders one after the other; `pauseMs` lies between two. */
  async work(orders: readonly Order[], pauseMs: number, signal?: AbortSignal): Promise<void> {
    for (const order of orders) {
      if (signal?.aborted) return;
      await this.take(order);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Works on all orders at once. */
  async rush(orders: readonly Order[]): Promise<void> {
    await Promise.all(orders.map((order) => this.take(order)));
  }

  private async take(order: Order): Promise<void> {
    try {
      await this.log({ level: "info", message: fulfil(order) });
    } catch (error) {
      if (!(error instanceof OrderError)) throw error;
      await this.log({ level: "error", message: error.message, error });
    }
  }

  private async log(entry: Entry): Promise<void> {
    for (const outlet of this.outlets) await outlet.write(entry);
  }
}

/** An order that cannot be carried out. */
class OrderError extends Error {
  override readonly name = "OrderError";
}

function fulfil(order: Order): string {
  const { item, count } = parseOrder(order);
  const stock = STOCK.get(item);
  if (stock === undefined) throw new OrderError(`we do not sell "${item}"`);
  if (count > stock) throw new OrderError(`${count} of "${item}" ordered, ${stock} in stock`);
  return `${count} of "${item}" on their way`;
}

function parseOrder(order: Order): { item: string; count: number } {
  try {
    const { item, count } = JSON.parse(order) as { item?: unknown; count?: unknown };
    return { item: String(item), count: Number(count) };
  } catch (cause) {
    throw new OrderError("an order that cannot be read", { cause });
  }
}

/** The server said no, as opposed to a connection that broke. */
function isRefusal(failure: unknown): boolean {
  return failure instanceof Error && "responseCode" in failure && typeof failure.responseCode === "number";
}
