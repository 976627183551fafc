import { createServer, type Server } from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import { formatAddress, type Address } from "../host/envoy/address.ts";
import { addressOf, listen } from "./listen.ts";

/** What a server or its clients did, counted by themselves with prom-client. */
export interface Book {
  readonly registry: Registry;
  /** Enters what is still open, such as the bytes of connections that go on. */
  enter(): void;
}

/** Metrics of a book, each with the book's prefix in front of its name. */
export class Accounts {
  readonly registry = new Registry();
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  protected counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: this.prefix + name, help, labelNames, registers: [this.registry] });
  }

  protected gauge(name: string, help: string): Gauge {
    return new Gauge({ name: this.prefix + name, help, registers: [this.registry] });
  }
}

/** Books on one page: /metrics. */
export class BookPage {
  private readonly books: Book[];
  private readonly http: Server;

  private constructor(books: readonly Book[]) {
    this.books = [...books];
    this.http = createServer((_, response) => {
      void readBooks(this.books).then((text) => {
        response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
      });
    });
  }

  /** Shows these books. Throws, in one line, when the address is in use. */
  static async start(address: Address, books: readonly Book[]): Promise<BookPage> {
    const page = new BookPage(books);
    await listen(page.http, address);
    return page;
  }

  get url(): string {
    return `http://${formatAddress(addressOf(this.http))}/metrics`;
  }

  /** Shows one more. */
  add(book: Book): void {
    this.books.push(book);
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.http.close(resolve);
      this.http.closeAllConnections();
    });
  }
}

/** All of them in the Prometheus text format. */
export async function readBooks(books: readonly Book[]): Promise<string> {
  for (const book of books) book.enter();
  const pages = await Promise.all(books.map(({ registry }) => registry.metrics()));
  return pages.join("\n");
}
