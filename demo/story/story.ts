import { writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "../../host/envoy/address.ts";
import { findProgram } from "../../host/envoy/programs.ts";
import { scrape } from "../../host/envoy/scrape.ts";
import type { StoryAudience } from "../page/story-state.ts";
import type { Proxy } from "../proxy.ts";
import type { Protocol } from "../protocol.ts";
import type { Mailboxes } from "../smtp/server/policy.ts";
import type { Section } from "../view/report.ts";
import { Snapshot } from "../view/snapshot.ts";
import type { Act, World } from "./act.ts";
import { CLEARTEXT } from "./acts/cleartext.ts";
import { ERRORS } from "./acts/errors.ts";
import { RECIPIENTS } from "./acts/recipients.ts";
import { VERBOSITY } from "./acts/verbosity.ts";
import { ListenersFile } from "./listeners.ts";
import { Prometheus, PROMETHEUS } from "./prometheus.ts";
import { Telling, type Announcement, type Paper } from "./telling.ts";

/** In the order in which they are played. */
export const ACTS: readonly Act[] = [ERRORS, VERBOSITY, RECIPIENTS, CLEARTEXT];

/** The last one, which the demo plays as always. */
const FINALE: Announcement = {
  title: "everybody at once, and the books are compared",
  text:
    "All clients of the demo come, for a few seconds. Then everything that the filters counted since the first act is held against " +
    "what the servers wrote down.",
};
/** The same when somebody stopped the story. */
const STOPPED: Announcement = {
  title: "the story was stopped, and the books are compared",
  text: "What the filters counted until now is held against what the servers wrote down.",
};
/** How long the finale's clients come, in seconds: every kind of them at least once. */
export const FINALE_SECONDS = 6;

const PAUSE_MS = 2_000;

/** A proxy, and where it takes each protocol. */
export interface Front {
  readonly proxy: Pick<Proxy, "admin">;
  readonly listen: Readonly<Record<Protocol, Address>>;
}

/** What there is behind the proxy, and around the story. */
export interface Backdrop {
  readonly mailboxes: Mailboxes;
  /** URL of the servers' books. */
  readonly books: string;
  /** Resolves when somebody wants the story to end. */
  readonly interrupted: Promise<unknown>;
}

/** How a story is told. */
export interface StoryOptions {
  readonly terminal: Paper;
  readonly audience: StoryAudience;
  /** A file that gets the acts with their checks as JSON. */
  readonly report?: string;
  /** Default: {@link ACTS}. */
  readonly acts?: readonly Act[];
  /** The pause behind an act, in milliseconds, for those who read along. Default 2,000. */
  readonly pauseMs?: number;
  /** Where Prometheus is looked for. Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The demo in acts: something happens, and what Envoy counts before and after is what must come of it. */
export class Story {
  /** Where Envoy gets its listeners from. */
  readonly listeners: ListenersFile;
  private readonly acts: readonly Act[];
  private readonly telling: Telling;
  private readonly options: StoryOptions;
  private readonly stopping = new AbortController();
  private prometheus: Prometheus | undefined;

  private constructor(listeners: ListenersFile, options: StoryOptions) {
    this.listeners = listeners;
    this.options = options;
    this.acts = options.acts ?? ACTS;
    this.telling = new Telling(this.acts.length + 1, options.terminal, options.audience);
  }

  /** Makes what has to be there before Envoy starts. */
  static async prepare(options: StoryOptions): Promise<Story> {
    return new Story(await ListenersFile.create(), options);
  }

  /** Plays all acts, and announces the finale, which is the demo's. Rejects, in one line, when clients are not served or Prometheus does not start. */
  async play(front: Front, backdrop: Backdrop): Promise<void> {
    const { telling, stopping } = this;
    void backdrop.interrupted.then(() => {
      stopping.abort();
    });
    const world = await this.world(front, backdrop);
    for (const act of this.acts) {
      if (stopping.signal.aborted) break;
      telling.begin(act);
      const checks = await act.play(world);
      // What was cut short proves nothing.
      telling.end(checks.map((check) => (stopping.signal.aborted ? { ...check, holds: null } : check)));
      await delay(this.options.pauseMs ?? PAUSE_MS, undefined, { signal: stopping.signal }).catch(
        () => undefined,
      );
    }
    telling.begin(stopping.signal.aborted ? STOPPED : FINALE);
  }

  /** Ends the story with the comparison. Returns the exit code: 0 when nothing failed here, nor in the demo itself. */
  async conclude(sections: readonly Section[], demoCode: number): Promise<number> {
    const { telling, options } = this;
    const rows = sections.flatMap((section) => section.rows);
    const equal = rows.filter((row) => row.equal).length;
    telling.conclude([
      {
        what: "rows of the comparison that are equal",
        before: "",
        after: `${equal} of ${rows.length}`,
        holds: demoCode === 0,
      },
    ]);
    const code = telling.hasFailed ? 1 : demoCode;
    if (options.report !== undefined)
      await writeFile(options.report, `${JSON.stringify({ acts: telling.acts, exitCode: code }, null, 2)}\n`);
    this.sayEnd(code);
    return code;
  }

  async stop(): Promise<void> {
    await this.prometheus?.stop();
    await this.listeners.stop();
  }

  private async world({ proxy: { admin }, listen }: Front, { mailboxes, books }: Backdrop): Promise<World> {
    const { telling, stopping, listeners } = this;
    const program = await findProgram(PROMETHEUS, this.options.environment);
    const targets = { envoy: new URL(admin).host, servers: new URL(books).host };
    if (program !== undefined) this.prometheus = await Prometheus.start(program, targets);
    if (this.prometheus)
      this.options.terminal.print(`  alerts    ${this.prometheus.url}/api/v1/alerts (sixty times as fast)`);
    return {
      listen,
      mailboxes,
      listeners: listeners.inUse ? listeners : undefined,
      alerts: this.prometheus,
      missing: {
        listeners: "the embedded host cannot update listeners",
        alerts: "no Prometheus in $PROMETHEUS or on the PATH",
      },
      signal: stopping.signal,
      read: async () => new Snapshot(await scrape(admin), performance.now()),
      metricNames: (protocol) => metricNames(admin, protocol),
      tell: (line) => {
        telling.tell(line);
      },
    };
  }

  private sayEnd(code: number): void {
    const { style } = this.options.terminal;
    const checks = this.telling.acts.flatMap((act) => act.checks);
    const held = checks.filter(({ holds }) => holds === true).length;
    const open = checks.filter(({ holds }) => holds === null).length;
    const left = open > 0 ? `, ${open} not made` : "";
    const line = `${held} of ${checks.length} checks hold${left}`;
    this.options.terminal.print("", code === 0 ? style.good(`✓ ${line}`) : style.bad(`✗ ${line}`));
  }
}

/** A histogram is one metric, whatever it is made of. */
async function metricNames(admin: string, protocol: Protocol): Promise<ReadonlySet<string>> {
  const names = new Set((await scrape(admin)).map(({ name }) => name));
  const isPart = (name: string): boolean => names.has(`${name.replace(/_(sum|count)$/, "")}_bucket`);
  return new Set(
    [...names]
      .filter((name) => name.startsWith(`${protocol}_`))
      .map((name) =>
        name.endsWith("_bucket") || isPart(name) ? name.replace(/_(bucket|sum|count)$/, "") : name,
      ),
  );
}
