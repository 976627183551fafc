import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseAddress, type Address } from "./address.ts";
import { findEnvoy } from "./find.ts";
import { scrape, type Sample } from "./scrape.ts";

/** What {@link startEnvoy} runs. */
export interface EnvoyStart {
  /** The configuration as YAML. Ports may be 0: Envoy takes free ones (see {@link RunningEnvoy.listener}). */
  readonly config: string;
  /** Worker threads. Default 1. */
  readonly concurrency?: number;
  /** The binary. Default: as {@link findEnvoy} finds it. */
  readonly envoy?: string;
  /** Directory that relative module paths start from. Default: the current one. */
  readonly cwd?: string;
  /** Envoy's log level. Default `warning`; configuration errors need no more. */
  readonly logLevel?: string;
  /** Further arguments for Envoy. */
  readonly args?: readonly string[];
  /** Added to the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Gets what it writes to its log and to its standard output, as it comes, in whole lines. */
  readonly onLine?: (line: string) => void;
}

/** An Envoy that takes connections. */
export interface RunningEnvoy {
  readonly pid: number;
  /** Base URL of the admin interface, without a slash at the end. */
  readonly admin: string;
  /** The end of what it has logged so far (see {@link MAX_LOG}). */
  readonly log: string;
  /** Resolves with how it ended, when it does. */
  readonly exited: Promise<string>;
  /** The address the named listener really has, also when its port is 0 in the configuration. */
  listener(name: string): Promise<Address>;
  /** Everything in /stats/prometheus. */
  scrape(): Promise<Sample[]>;
  /** Ends it: SIGTERM, and SIGKILL when that does not help. Safe to call twice. */
  stop(): Promise<void>;
}

/** Envoy did not come up. `reasons`: the lines of its log that say why, at least one. */
export class EnvoyStartError extends Error {
  readonly reasons: readonly string[];
  /** Its log, for a bug report. */
  readonly log: string;
  constructor(reasons: readonly string[], log: string) {
    super(reasons.join("\n"));
    this.name = "EnvoyStartError";
    this.reasons = reasons;
    this.log = log;
  }
}

/** Kept of the log, in characters: enough for any failing start, and a bound for long runs at a chatty level. */
export const MAX_LOG = 4 * 1024 * 1024;
/** V8 compiles the module once per worker before Envoy is ready: slow on a busy machine. */
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 20;
/** Envoy needs milliseconds to end; a worker that hangs in a filter would never. */
const TERMINATE_TIMEOUT_MS = 5_000;

/** Each with its temporary folder. */
const running = new Map<ChildProcess, string>();
let exitHookSet = false;

/**
 * Starts Envoy and resolves when its listeners take connections. Rejects with an {@link EnvoyStartError} when
 * it refuses the configuration or ends, and with an Error when there is no Envoy. The process ends with this one.
 */
export async function startEnvoy(start: EnvoyStart): Promise<RunningEnvoy> {
  const binary = start.envoy ?? (await findEnvoy());
  if (binary === undefined) throw new Error("no Envoy: set ENVOY to a binary");
  const directory = await mkdtemp(join(tmpdir(), "heirloom-envoy-"));
  const envoy = new EnvoyProcess(binary, start, directory);
  try {
    await writeFile(envoy.configFile, start.config);
    await envoy.launch();
    await envoy.ready();
    return envoy;
  } catch (error) {
    await envoy.stop();
    throw error;
  }
}

class EnvoyProcess implements RunningEnvoy {
  readonly configFile: string;
  admin = "";
  exited: Promise<string> = Promise.resolve("not started");
  private child: ChildProcess | undefined;
  private text = "";
  private ended: string | undefined;
  private readonly binary: string;
  private readonly start: EnvoyStart;
  private readonly directory: string;

  constructor(binary: string, start: EnvoyStart, directory: string) {
    this.binary = binary;
    this.start = start;
    this.directory = directory;
    this.configFile = join(directory, "envoy.yaml");
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get log(): string {
    return this.text;
  }

  launch(): Promise<void> {
    const child = spawn(this.binary, this.arguments(), {
      cwd: this.start.cwd,
      env: { ...process.env, ...this.start.environment },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own: Ctrl-C on the terminal is for us, who may still want to read its numbers.
      detached: true,
    });
    this.child = child;
    endWithParent(child, this.directory);
    const keep = (chunk: Buffer): void => {
      this.text = (this.text + chunk.toString("utf8")).slice(-MAX_LOG);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", keep);
      if (this.start.onLine) createInterface({ input: stream }).on("line", this.start.onLine);
    }
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        running.delete(child);
        this.ended ??= signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
        resolve(this.ended);
      });
    });
    return new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => {
        this.ended = error.message;
        reject(new EnvoyStartError([`cannot run ${this.binary}: ${error.message}`], ""));
      });
    });
  }

  private arguments(): string[] {
    return [
      "--config-path",
      this.configFile,
      "--admin-address-path",
      this.adminFile,
      "--concurrency",
      String(this.start.concurrency ?? 1),
      "--log-level",
      this.start.logLevel ?? "warning",
      // Without it two Envoys of one user could not run side by side.
      "--disable-hot-restart",
      ...(this.start.args ?? []),
    ];
  }

  private get adminFile(): string {
    return join(this.directory, "admin");
  }

  async ready(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (this.ended !== undefined) throw this.failure();
      if (this.admin === "") this.admin = await readAdmin(this.adminFile);
      if (this.admin !== "" && (await isReady(this.admin))) return;
      await delay(POLL_MS);
    }
    throw new EnvoyStartError([`Envoy was not ready after ${READY_TIMEOUT_MS / 1000} s`], this.text);
  }

  private failure(): EnvoyStartError {
    return new EnvoyStartError(startErrors(this.text, this.ended ?? "ended"), this.text);
  }

  async listener(name: string): Promise<Address> {
    const response = await fetch(`${this.admin}/listeners`);
    const found = (await response.text()).split("\n").find((line) => line.startsWith(`${name}::`));
    if (found === undefined) throw new Error(`Envoy has no listener named "${name}"`);
    return parseAddress(found.slice(name.length + 2).trim());
  }

  scrape(): Promise<Sample[]> {
    return scrape(this.admin);
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (child?.pid !== undefined && this.ended === undefined) {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), TERMINATE_TIMEOUT_MS);
      await this.exited;
      clearTimeout(late);
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** What a filter of ours says of its configuration, its VM's or the environment: `… wasm log …: ROOT_ID: configuration: …`. */
const OWN_LINE = /\] wasm log .*?([\w.-]+: (?:configuration|vm configuration|environment): .*)/g;

/**
 * Why Envoy did not start, from its log: the filters' own lines about their configuration if there are any,
 * else Envoy's last error or critical line, else `end`.
 */
export function startErrors(log: string, end: string): string[] {
  const own = [...log.matchAll(OWN_LINE)].map(([, line = ""]) => line.trim());
  if (own.length > 0) return [...new Set(own)];
  const errors = [...log.matchAll(/^\[[^\]]*\]\[\d+\]\[(?:error|critical)\]\[\w+\] (?:\[[^\]]*\] )?(.+)$/gm)];
  const raw = errors.at(-1)?.[1] ?? log.trim().split("\n").at(-1) ?? "";
  const last = /^error `(.*)` initializing config/.exec(raw)?.[1] ?? raw;
  const text = last.replace(/\s+/g, " ");
  return [text !== "" ? `Envoy ended (${end}): ${text}` : `Envoy ended (${end}) without a word`];
}

/** Node's default for a signal skips its "exit" event, so both ways out need a hook. */
function endWithParent(child: ChildProcess, directory: string): void {
  running.set(child, directory);
  if (exitHookSet) return;
  exitHookSet = true;
  process.on("exit", killAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const onSignal = (): void => {
      if (process.listenerCount(signal) > 1) return;
      killAll();
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
}

function killAll(): void {
  for (const [child, directory] of running) {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

async function readAdmin(file: string): Promise<string> {
  try {
    const address = (await readFile(file, "utf8")).trim();
    return address === "" ? "" : `http://${address.replace(/^0\.0\.0\.0:/, "127.0.0.1:")}`;
  } catch {
    return "";
  }
}

async function isReady(admin: string): Promise<boolean> {
  try {
    const response = await fetch(`${admin}/ready`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
