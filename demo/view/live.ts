import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Sample } from "../../host/metrics/parse.ts";
import { layout } from "./layout.ts";
import type { Moment } from "./moment.ts";
import { clock } from "./numbers.ts";
import type { Panel } from "./panel.ts";
import { Snapshot } from "./snapshot.ts";
import type { Terminal } from "./terminal.ts";

/** The filter flushes once a second; a log need not show every one of them. */
const TERMINAL_MS = 1_000;
const LOG_MS = 3_000;
/** Rates and latencies are of the last so many milliseconds. */
const WINDOW_MS = 5_000;

/** Shows the filter's metrics as they change, until it is stopped. */
export class Live {
  private readonly read: () => Promise<readonly Sample[]>;
  private readonly panels: readonly Panel[];
  private readonly terminal: Terminal;
  private readonly stopping = new AbortController();
  private history: Snapshot[] = [];

  constructor(read: () => Promise<readonly Sample[]>, panels: readonly Panel[], terminal: Terminal) {
    this.read = read;
    this.panels = panels;
    this.terminal = terminal;
  }

  /** Resolves after so many seconds, or when stopped. Rejects when the metrics cannot be read. */
  async run(seconds = Infinity): Promise<undefined> {
    const { signal } = this.stopping;
    const started = performance.now();
    const period = this.terminal.interactive ? TERMINAL_MS : LOG_MS;
    const first = new Snapshot(await this.read(), started);
    this.history = [first];
    for (;;) {
      const left = seconds * 1_000 - (performance.now() - started);
      await delay(Math.min(period, Math.max(0, left)), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return undefined;
      const now = new Snapshot(await this.read(), performance.now());
      if (!this.aborted()) this.show(this.moment(now, first));
      if (now.at - started >= seconds * 1_000) return undefined;
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Asked anew after waiting: it may have changed meanwhile. */
  private aborted(): boolean {
    return this.stopping.signal.aborted;
  }

  private moment(now: Snapshot, first: Snapshot): Moment {
    this.history = [...this.history.filter(({ at }) => now.at - at <= WINDOW_MS), now];
    return { now, before: this.history[0] ?? now, seconds: (now.at - first.at) / 1_000 };
  }

  private show(moment: Moment): void {
    const { terminal, panels } = this;
    const { style, width, height } = terminal;
    if (terminal.interactive) {
      const contents = panels.map((panel) => panel.content(moment, style));
      terminal.draw(layout(contents, { width, height }, style));
    } else {
      terminal.print(...panels.map((panel) => `${clock(moment.seconds)} · ${panel.logLine(moment)}`));
    }
  }
}
