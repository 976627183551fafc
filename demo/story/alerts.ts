import { setTimeout as delay } from "node:timers/promises";
import type { StoryCheck } from "../page/story-state.ts";

/** How an alert stands. */
export type AlertState = "inactive" | "pending" | "firing";

/** The alerts of a Prometheus. */
export interface Alerts {
  /** How the named alert stands: the worst of its instances. Rejects when Prometheus does not answer. */
  state(name: string): Promise<AlertState>;
  /** What it says to people; empty while it is inactive. */
  summary(name: string): Promise<string>;
}

/** An alert of the shipped file waits for 5 s at most, scraping and evaluating not counted: this is for slow machines. */
const PATIENCE_MS = 60_000;
const POLL_MS = 200;

/** Watches an alert, and says what became of it. */
export class AlertWatch {
  private readonly alerts: Alerts;
  private readonly name: string;
  /** The states in the order in which they were seen. */
  private readonly seen: AlertState[];

  private constructor(alerts: Alerts, name: string, first: AlertState) {
    this.alerts = alerts;
    this.name = name;
    this.seen = [first];
  }

  static async begin(alerts: Alerts, name: string): Promise<AlertWatch> {
    return new AlertWatch(alerts, name, await alerts.state(name));
  }

  /** Looks until it stands so, the time is up or the signal is given. `onChange` gets each new state. */
  async until(wanted: AlertState, signal: AbortSignal, onChange: (state: AlertState) => void): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end && !signal.aborted; await delay(POLL_MS)) {
      const state = await this.alerts.state(this.name);
      if (state !== this.seen.at(-1)) {
        this.seen.push(state);
        onChange(state);
      }
      if (state === wanted) return;
    }
  }

  /** Whether it went through these states, in this order, and no others. */
  check(...path: readonly AlertState[]): StoryCheck {
    return {
      what: `alert ${this.name}`,
      before: this.seen[0] ?? "",
      after: this.seen.slice(1).join(" → "),
      holds: this.seen.join() === path.join(),
    };
  }
}
