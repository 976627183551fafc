import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { scrapeText } from "../../host/envoy/scrape.ts";
import { parsePrometheus, type Sample } from "../../host/metrics/parse.ts";
import { STAT_PREFIX } from "../configuration.ts";

/** The filters hand over their counts once a second. */
const PERIOD_MS = 1_000;

/** One look at /stats/prometheus. */
export interface Scrape {
  /** Counts from 1. */
  readonly number: number;
  /** Milliseconds since 1970, and of a clock that only goes forward. */
  readonly at: number;
  readonly clock: number;
  /** As it came. */
  readonly text: string;
  /** Those of the demo's filters. */
  readonly samples: readonly Sample[];
}

/** Who is told. Nothing is read before it has returned. */
export interface FeedListener {
  scraped(scrape: Scrape): Promise<void>;
  /** The proxy does not answer, in words. */
  failed(reason: string): void;
}

/** Reads the metrics once a second, for all who look on. */
export class Feed {
  private readonly admin: string;
  private readonly listener: FeedListener;
  private readonly stopping = new AbortController();
  private readonly work: Promise<void>;
  private count = 0;

  /** Begins at once. `admin` is the base URL of /stats/prometheus. */
  constructor(admin: string, listener: FeedListener) {
    this.admin = admin;
    this.listener = listener;
    this.work = this.run();
  }

  /** Looks once more, and then no more. */
  async conclude(): Promise<void> {
    await this.stop();
    await this.look();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let due = performance.now();
    while (!signal.aborted) {
      await this.look();
      due = Math.max(due + PERIOD_MS, performance.now());
      await delay(due - performance.now(), undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    try {
      const text = await scrapeText(`${this.admin}/stats/prometheus`);
      const [at, clock] = [Date.now(), performance.now()];
      await this.listener.scraped({ number: ++this.count, at, clock, text, samples: ownSamples(text) });
    } catch (error) {
      if (!this.stopping.signal.aborted)
        this.listener.failed(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Only those of the filters: Envoy has many more of its own. */
function ownSamples(text: string): Sample[] {
  const lines = text.split("\n").filter((line) => line.includes(`stat_prefix="${STAT_PREFIX}"`));
  return parsePrometheus(lines.join("\n"));
}
