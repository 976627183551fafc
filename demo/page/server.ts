import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { formatAddress, type Address } from "../../host/envoy/address.ts";
import { addressOf, listen } from "../listen.ts";
import { pageFile } from "./files.ts";
import type { Messages } from "./messages.ts";
import type { StoryAudience, StoryState } from "./story-state.ts";

/** Everything comes from here, and nothing is inline. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** How soon a browser tries again, in milliseconds. */
const RETRY_MS = 1_000;
/** A viewer that does not read must not keep the demo from its end; milliseconds. */
const FAREWELL_MS = 1_000;
/** What may wait for a viewer that does not read, in bytes. Then it is let go: its browser comes again, and hears all anew. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;
/** A page is for a few people; more connections than this are somebody's mistake. */
const MOST_VIEWERS = 64;
/** So many scrapes can be had as they came: enough to hold what a page shows against them. */
const RAW_KEPT = 20;
const RAW = /^\/scrape\/(\d{1,9})$/;

type Topic = keyof Messages;

/** What is told again to who comes later, in this order. */
const REMEMBERED: readonly Exclude<Topic, "history" | "frame" | "session">[] = [
  "hello",
  "comparison",
  "receipts",
  "story",
  "state",
];

/** The page for browsers: files, and one stream of events for each viewer. */
export class PageServer implements StoryAudience {
  private readonly http: Server;
  private readonly viewers = new Set<ServerResponse>();
  private readonly last = new Map<string, string>();
  private readonly raw = new Map<number, string>();
  private history: () => Messages["history"] = () => [];

  private constructor() {
    this.http = createServer((request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  /** Throws, in one line, when the address is in use. */
  static async start(address: Address): Promise<PageServer> {
    const page = new PageServer();
    await listen(page.http, address);
    return page;
  }

  get url(): string {
    return `http://${formatAddress(addressOf(this.http))}/`;
  }

  /** Where later viewers get the scrapes so far. */
  remember(history: () => Messages["history"]): void {
    this.history = history;
  }

  /** Tells all viewers; except for frames, later ones hear the last of each, too. Sessions: the last of each lane. */
  tell<T extends Topic>(topic: T, message: Messages[T]): void {
    const event = eventOf(topic, message);
    if (topic === "session") this.last.set(`session ${(message as Messages["session"]).lane}`, event);
    else if (topic !== "frame" && topic !== "history") this.last.set(topic, event);
    for (const viewer of this.viewers) {
      if (viewer.writableLength > MOST_WAITING_BYTES) viewer.destroy();
      else viewer.write(event);
    }
  }

  publish(state: StoryState): void {
    this.tell("story", state);
  }

  /** Keeps what a scrape said, for those who want to check. */
  keepRaw(scrape: number, text: string): void {
    this.raw.set(scrape, text);
    this.raw.delete(scrape - RAW_KEPT);
  }

  /** Lets viewers hear what was told last, those that listen. */
  async stop(): Promise<void> {
    const heard = [...this.viewers].map((viewer) => new Promise<void>((resolve) => viewer.end(resolve)));
    await Promise.race([Promise.all(heard), delay(FAREWELL_MS, undefined, { ref: false })]);
    await new Promise((resolve) => {
      this.http.close(resolve);
      this.http.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405).end();
    if (path === "/events") return this.admit(request, response);
    const raw = this.raw.get(Number(RAW.exec(path)?.[1]));
    if (raw !== undefined) return void response.writeHead(200, { "content-type": "text/plain" }).end(raw);
    const file = await pageFile(path);
    if (!file) return void response.writeHead(404, { "content-type": "text/plain" }).end("not here\n");
    response.writeHead(200, { "content-type": file.type }).end(file.body);
  }

  private admit({ method }: IncomingMessage, response: ServerResponse): void {
    if (this.viewers.size >= MOST_VIEWERS) return void response.writeHead(503).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (method === "HEAD") return void response.end();
    response.write(`retry: ${RETRY_MS}\n\n`);
    const [hello, ...others] = REMEMBERED;
    response.write(this.last.get(hello ?? "") ?? "");
    response.write(eventOf("history", this.history()));
    for (const topic of [...others, "session good", "session failing"])
      response.write(this.last.get(topic) ?? "");
    this.viewers.add(response);
    response.on("close", () => this.viewers.delete(response));
  }
}

function eventOf<T extends Topic>(topic: T, message: Messages[T]): string {
  return `event: ${topic}\ndata: ${JSON.stringify(message)}\n\n`;
}
