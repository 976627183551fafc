import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "../host/envoy/address.ts";
import type { Book } from "./books.ts";
import { integer, shuffled } from "./material.ts";

/** One kind of session with a server, led from its beginning to the end of the connection. */
export type Scenario = (server: Address) => Promise<void>;

/** Something that a client does over and over, until it is told to stop. */
export interface Worker {
  act(): Promise<void>;
  /** The pause between, in milliseconds. */
  readonly pauseMs: number;
}

/** Added to each pause, at most, in milliseconds: so that workers are not in step with each other. */
const JITTER_MS = 40;

/** The clients of one protocol, at work until they are told to stop. */
export class Crowd {
  /** What clients did not get the way a server gives it, one line each; empty in health. */
  readonly complaints: string[] = [];
  /** What the clients themselves keep book of. */
  readonly book: Book | undefined;
  /** How often a worker has done what it does. */
  finished = 0;
  private readonly work: Promise<unknown>;
  private readonly stopping = new AbortController();
  private readonly cleanUp: () => void;

  /** `cleanUp` is called when all have stopped. */
  constructor(workers: readonly Worker[], options: { book?: Book; cleanUp?: () => void } = {}) {
    this.book = options.book;
    this.cleanUp = options.cleanUp ?? (() => undefined);
    this.work = Promise.all(workers.map((worker) => this.repeat(worker)));
  }

  /** Lets every session come to its own end; resolves when all have. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
    this.cleanUp();
  }

  private async repeat(worker: Worker): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await worker.act();
        this.finished += 1;
      } catch (error) {
        this.complaints.push(
          error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error),
        );
      }
      const pause = worker.pauseMs + integer(0, JITTER_MS);
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** So many workers that play the scenarios: every one comes up before any comes twice as often as meant. */
export function players(count: number, scenarios: readonly Scenario[], server: Address): Worker[] {
  let deck: Scenario[] = [];
  const act = async (): Promise<void> => {
    if (deck.length === 0) deck = shuffled(scenarios);
    await deck.pop()?.(server);
  };
  return Array.from({ length: count }, () => ({ act, pauseMs: 0 }));
}
