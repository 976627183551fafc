import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseDocument } from "yaml";
import { anyPort } from "../../host/envoy/ports.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import type { Alerts, AlertState } from "./alerts.ts";
import { sixtyTimesFaster } from "./rules.ts";

/** The rules that ship. */
const RULES = ["recording.yaml", "alerts.yaml"] as const;
/** Rules are evaluated as often as Envoy is asked. */
const INTERVAL = "1s";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 100;
/** Kept of its log, in characters: why it does not start is in the first lines. */
const LOG_CHARACTERS = 10_000;

/** Where it is looked for. */
export const PROMETHEUS = { program: "prometheus", variable: "PROMETHEUS" };

/** A Prometheus with the demo's configuration and the alerts that ship, sixty times as fast. */
export class Prometheus implements Alerts {
  readonly url: string;
  private readonly child: ChildProcess;
  private readonly folder: string;
  private log = "";

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.child = child;
    this.folder = folder;
    this.url = url;
    child.stderr?.on("data", (text: Buffer) => {
      if (this.log.length < LOG_CHARACTERS) this.log += text.toString();
    });
    process.once("exit", this.onExit);
  }

  /** Starts it on `targets` (`host:port` by job of demo/prometheus). Rejects, in one line, when it does not come up. */
  static async start(program: string, targets: Readonly<Record<string, string>>): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), "heirloom-prometheus-"));
    const address = `127.0.0.1:${await anyPort()}`;
    await furnish(folder, targets);
    const words = [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ];
    // A process group of its own: Ctrl-C on the terminal is for the demo.
    const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    const prometheus = new Prometheus(child, folder, `http://${address}`);
    try {
      await prometheus.ready();
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
  }

  async state(name: string): Promise<AlertState> {
    const states = (await this.active(name)).map(({ state }) => state);
    return states.includes("firing") ? "firing" : (states[0] ?? "inactive");
  }

  async summary(name: string): Promise<string> {
    return (await this.active(name))[0]?.annotations["summary"] ?? "";
  }

  async stop(): Promise<void> {
    process.off("exit", this.onExit);
    if (this.isAlive()) {
      const ended = once(this.child, "close");
      this.child.kill("SIGTERM");
      const late = setTimeout(() => this.child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(late);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    let failure: Error | undefined;
    this.child.once("error", (error) => {
      failure = error;
    });
    for (const end = Date.now() + START_TIMEOUT_MS; Date.now() < end; await delay(POLL_MS)) {
      if (failure) throw new Error(`Prometheus does not start: ${failure.message}`);
      if (!this.isAlive()) throw new Error(`Prometheus ended: ${lastLine(this.log)}`);
      // The second says that it has asked Envoy: rates begin with what was there before.
      if ((await answers(`${this.url}/-/ready`)) && (await this.hasScraped())) return;
    }
    throw new Error(`Prometheus was not ready after ${START_TIMEOUT_MS / 1000} s: ${lastLine(this.log)}`);
  }

  private async hasScraped(): Promise<boolean> {
    const { activeTargets } = await this.ask<{ activeTargets: readonly { health: string }[] }>("targets");
    return activeTargets.length > 0 && activeTargets.every(({ health }) => health === "up");
  }

  private async active(name: string): Promise<readonly Alert[]> {
    const { alerts } = await this.ask<{ alerts: readonly Alert[] }>("alerts");
    return alerts.filter(({ labels }) => labels["alertname"] === name);
  }

  private async ask<T>(what: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${what}`).catch((cause: unknown) => {
      throw new Error(`Prometheus does not answer: ${lastLine(this.log)}`, { cause });
    });
    const { data } = (await response.json()) as { data: T };
    return data;
  }

  private isAlive(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private readonly onExit = (): void => {
    this.child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  };
}

/** One of /api/v1/alerts: those that are inactive are not there. */
interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

/** The demo's own configuration with other addresses and intervals, and the rules beside it. */
async function furnish(folder: string, targets: Readonly<Record<string, string>>): Promise<void> {
  const shipped = await readFile(join(PROJECT, "demo/prometheus/prometheus.yml"), "utf8");
  const configuration = parseDocument(shipped);
  configuration.set("global", { scrape_interval: INTERVAL, evaluation_interval: INTERVAL });
  configuration.set("rule_files", RULES);
  const { scrape_configs: jobs } = configuration.toJS() as { scrape_configs: { job_name: string }[] };
  configuration.set(
    "scrape_configs",
    jobs.flatMap((job) => {
      const target = targets[job.job_name];
      return target === undefined ? [] : [{ ...job, static_configs: [{ targets: [target] }] }];
    }),
  );
  await writeFile(join(folder, "prometheus.yml"), configuration.toString());
  for (const file of RULES) {
    const rules = await readFile(join(PROJECT, "deploy/prometheus", file), "utf8");
    await writeFile(join(folder, file), sixtyTimesFaster(rules));
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function lastLine(log: string): string {
  return log.trim().split("\n").at(-1) || "not a word in its log";
}
