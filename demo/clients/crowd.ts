import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "../../host/envoy/address.ts";
import { MailerPool, encrypted } from "./mailer.ts";
import { integer, shuffled } from "./material.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

/** Sessions at a time, beside the pool's. */
const WALKERS = 4;
/** The pool's senders, and the pause between two messages of each, in milliseconds. */
const SENDERS = 3;
const SENDER_PAUSE_MS = 60;
/** The pause after an encrypted session, in milliseconds. */
const TLS_PAUSE_MS = 400;

/** All the clients of the demo, at work until they are told to stop. */
export class Crowd {
  private readonly server: Address;
  private readonly pool: MailerPool;
  private readonly work: Promise<unknown>;
  private readonly stopping = new AbortController();
  private deck: Scenario[] = [];
  /** What clients did not get the way a mail server gives it, one line each; empty in health. */
  readonly complaints: string[] = [];
  /** Sessions led to their end, the pool's not counted. */
  finished = 0;

  constructor(server: Address) {
    this.server = server;
    this.pool = new MailerPool(server);
    const walkers = Array.from({ length: WALKERS }, () => this.repeat(() => this.next()(server), 0));
    const senders = Array.from({ length: SENDERS }, () =>
      this.repeat(() => this.pool.send(), SENDER_PAUSE_MS),
    );
    this.work = Promise.all([...walkers, ...senders, this.repeat(() => encrypted(server), TLS_PAUSE_MS)]);
  }

  /** Lets every session come to its own end; resolves when all have. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
    this.pool.close();
  }

  /** Every kind of session comes up before any comes twice as often as meant. */
  private next(): Scenario {
    if (this.deck.length === 0) this.deck = shuffled(SCENARIOS);
    return this.deck.pop() ?? (() => Promise.resolve());
  }

  private async repeat(act: () => Promise<void>, pauseMs: number): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await act();
        this.finished += 1;
      } catch (error) {
        this.complaints.push(
          error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error),
        );
      }
      // Not in step with each other.
      await delay(pauseMs + integer(0, 40), undefined, { signal }).catch(() => undefined);
    }
  }
}
