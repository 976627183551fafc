import { once } from "node:events";
import type { Address } from "../../../host/envoy/address.ts";
import { PASSWORD } from "../company.ts";
import {
  ldapjs,
  type Client,
  type Control,
  type Done,
  type Failure,
  type SearchEvents,
  type SearchOptions,
} from "../ldapjs.ts";
import { inTime, TIMEOUT_MS, urlOf } from "./session.ts";

/** What a search came to. */
export interface Found {
  readonly code: number;
  readonly entries: number;
}

/** A search that goes on. */
export interface Running {
  readonly messageId: number;
  /** Rejects when the connection ends before the search does. */
  readonly found: Promise<Found>;
}

/** An ldapjs client with promises: it can have many requests under way, and give them up. */
export class Caller {
  private readonly client: Client;
  /** Rejects when the connection is gone: ldapjs would keep what is asked then, for ever. */
  private readonly gone: Promise<never>;

  private constructor(client: Client) {
    this.client = client;
    this.gone = new Promise((_, reject) => {
      client.on("close", () => {
        reject(new Error("the connection was closed"));
      });
    });
    this.gone.catch(() => undefined);
  }

  /** Connects. */
  static async open(server: Address): Promise<Caller> {
    const client = ldapjs.createClient({ url: urlOf(server), connectTimeout: TIMEOUT_MS });
    try {
      await once(client, "connect");
    } catch (error) {
      client.destroy();
      throw error;
    }
    const caller = new Caller(client);
    client.on("error", () => undefined);
    return caller;
  }

  /** Binds with the password that is right. */
  async bind(name: string): Promise<void> {
    await this.answered((done) => {
      this.client.bind(name, PASSWORD, done);
    });
  }

  /** Sends a search; resolves when it is on its way. */
  async begin(base: string, options: SearchOptions, controls: readonly Control[] = []): Promise<Running> {
    const begun = new Promise<SearchEvents>((resolve, reject) => {
      this.client.search(base, options, controls, (error, events) => {
        if (error) reject(error);
        else resolve(events);
      });
    });
    const events = await this.inTime(begun);
    const found = outcomeOf(events);
    // Whoever gives a search up does not wait for its end.
    found.catch(() => undefined);
    return { messageId: await this.inTime(messageIdOf(events)), found };
  }

  /** Searches and waits for the end. */
  async search(base: string, options: SearchOptions, controls?: readonly Control[]): Promise<Found> {
    return this.inTime((await this.begin(base, options, controls)).found);
  }

  /** Gives a search up; resolves when that is on its way. */
  async abandon({ messageId }: Running): Promise<void> {
    await this.answered((done) => {
      this.client.abandon(messageId, done);
    });
  }

  /** The result code of the answer to StartTLS. */
  async startTls(): Promise<number> {
    try {
      await this.answered((done) => {
        this.client.starttls({}, [], done);
      });
      return 0;
    } catch (error) {
      return (error as Failure).code ?? -1;
    }
  }

  /** Unbinds and waits until the connection is gone. */
  async unbind(): Promise<void> {
    this.client.unbind(() => undefined);
    await this.gone.catch(() => undefined);
  }

  private answered(ask: (done: Done) => void): Promise<void> {
    const answer = new Promise<void>((resolve, reject) => {
      ask((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    return this.inTime(answer);
  }

  private inTime<T>(asked: Promise<T>): Promise<T> {
    return inTime(Promise.race([asked, this.gone]));
  }
}

function outcomeOf(events: SearchEvents): Promise<Found> {
  let entries = 0;
  events.on("searchEntry", () => (entries += 1));
  return new Promise((resolve, reject) => {
    events.on("end", () => {
      resolve({ code: 0, entries });
    });
    events.on("error", (error) => {
      if (error.code === undefined) reject(error);
      else resolve({ code: error.code, entries });
    });
  });
}

/** ldapjs says so when the request is written. */
function messageIdOf(events: SearchEvents): Promise<number> {
  return new Promise((resolve) => {
    events.on("searchRequest", ({ messageId }) => {
      resolve(messageId);
    });
  });
}
