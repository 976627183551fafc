/** Postfix's smtp-sink with the book that it keeps, and its smtp-source at a pace. */

import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { environmentFor, runSource, type PostfixTools } from "../../bench/postfix.ts";
import { untilAccepting, type RunningServer } from "../../bench/programs.ts";
import { anyPort } from "../../host/envoy/ports.ts";

/** What smtp-sink says of itself (`-c`). */
export interface SinkBook {
  readonly sessions: number;
  readonly quits: number;
  readonly messages: number;
}

/** More than ever are open at once. */
const SINK_SESSIONS = 2_000;
/** That it accepts is seen by connecting once. */
const LOOKS = 1;

/** smtp-sink on a free port. */
export class CountingSink {
  private readonly server: RunningServer;
  private last = "";

  private constructor(server: RunningServer, child: ChildProcess) {
    this.server = server;
    child.stdout?.on("data", (chunk: Buffer) => {
      // Each of its lines ends with a carriage return and takes the place of the one before.
      const lines = (this.last + chunk.toString("latin1")).split("\r");
      this.last = [lines.at(-2) ?? "", lines.at(-1) ?? ""].join("\r");
    });
  }

  static async start(tools: PostfixTools): Promise<CountingSink> {
    const port = await anyPort();
    // It refuses to run with the superuser's rights.
    const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
    const options = ["-4", "-c", "-m", String(SINK_SESSIONS), ...user];
    const child = spawn(tools.sink, [...options, `inet:127.0.0.1:${port}`, String(SINK_SESSIONS)], {
      env: environmentFor(tools.sink),
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new CountingSink(await untilAccepting("smtp-sink", child, port), child);
  }

  get port(): number {
    return this.server.port;
  }

  /** What it has said last. */
  get book(): SinkBook {
    const of = (name: string): number =>
      Number([...this.last.matchAll(new RegExp(`${name}=(\\d+)`, "g"))].at(-1)?.[1] ?? 0);
    return { sessions: of("sess") - LOOKS, quits: of("quit"), messages: of("mesg") };
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** Sessions at a time, at a pace and at full speed: then as many as keep everybody busy. */
const PARALLEL = 20;
const MOST_PARALLEL = 200;
/** Of a run at full speed: long enough that starting it costs nothing, short enough to stop soon. */
const BATCH = 5_000;
const SECOND_MS = 1_000;

/** smtp-source again and again: so many sessions a second with a message each, or as many as go. */
export class Source {
  /** What became of runs that failed. */
  readonly complaints: string[] = [];
  /** Messages of the runs that ended well, each in a session of its own. */
  sent = 0;
  private isStopping = false;
  private readonly work: Promise<void>;

  constructor(tools: PostfixTools, port: number, rate: number | undefined) {
    this.work = this.go(tools, port, rate);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.work;
  }

  private async go(tools: PostfixTools, port: number, rate: number | undefined): Promise<void> {
    while (!this.isStopping) {
      const next = delay(rate === undefined ? 0 : SECOND_MS);
      const messages = rate ?? BATCH;
      const parallel = rate === undefined ? MOST_PARALLEL : Math.min(PARALLEL, rate);
      const { code, errors } = await runSource(tools, { port, messages, parallel });
      if (code === 0) this.sent += messages;
      else this.complaints.push(`smtp-source: ${errors.trim().split("\n", 1)[0] ?? ""}`);
      await next;
    }
  }
}
