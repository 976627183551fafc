/** An Envoy whose access log has the filter's record of every session. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { cluster, envoyConfig, type FilterOptions } from "../../../host/envoy/bootstrap.ts";
import { startEnvoy, type RunningEnvoy } from "../../../host/envoy/process.ts";
import { smtp } from "../support/rig.ts";

/** One transaction of a record. */
export interface RecordedTransaction {
  readonly outcome: string;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly recipients: string;
  readonly mode?: string;
  readonly bytes?: number;
  readonly commit_us?: number;
  readonly code: number;
  readonly duration_us: number;
}

/** The record as the filter writes it. */
export interface SmtpRecord {
  readonly duration_us: number;
  readonly end?: string;
  readonly dialect?: string;
  readonly opaque?: string;
  readonly greeting: number;
  readonly commands: string;
  readonly bytes: { readonly client: number; readonly server: number };
  readonly tls?: string;
  readonly starttls_offered?: boolean;
  readonly starttls?: string;
  readonly auth?: { readonly mechanism: string; readonly result?: string };
  readonly anomalies?: readonly string[];
  readonly transactions_total: number;
  readonly transactions: readonly RecordedTransaction[];
}

/** A line of the access log. */
export interface Recorded<R = SmtpRecord> {
  /** Port that Envoy used towards the server: the client's port in the server's own log. */
  readonly port: number;
  /** The record as it stands in the log. */
  readonly line: string;
  readonly record: R;
}

/** A running Envoy with its access log. */
export interface RecordedRig<R = SmtpRecord> {
  readonly envoy: RunningEnvoy;
  port(name: string): number;
  /** The lines of a listener, as soon as there are `sessions` of them. */
  records(name: string, sessions: number): Promise<Recorded<R>[]>;
  stop(): Promise<void>;
}

/** One listener with its filter before a server. */
export interface RecordedListener {
  readonly name: string;
  /** A port of 127.0.0.1, or the path of a socket. */
  readonly upstream: number | string;
  /** Configuration of the filter beyond `stat_prefix` (the name), `verbosity` high and the record. */
  readonly configuration?: object;
}

/** Starts Envoy; its caller stops it. `filter`: makes that of each listener, `R` is what it writes. */
export async function startRecorded<R = SmtpRecord>(
  listeners: readonly RecordedListener[],
  workers = 1,
  filter: (configuration: object) => FilterOptions = smtp,
): Promise<RecordedRig<R>> {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-records-"));
  const fileOf = (name: string): string => join(folder, `${name}.log`);
  const made = (name: string, configuration?: object): FilterOptions =>
    filter({ stat_prefix: name, verbosity: "high", access_log: { record: true }, ...configuration });
  const config = envoyConfig({
    listeners: listeners.map(({ name, upstream, configuration }) => ({
      name,
      upstream,
      filters: [made(name, configuration)],
      tcpProxy: { access_log: [fileLog(fileOf(name), made(name, configuration))] },
    })),
    clusters: [...new Set(listeners.map(({ upstream }) => upstream))].filter(isPath).map(socketCluster),
  });
  const envoy = await startEnvoy({
    config,
    concurrency: workers,
    args: ["--file-flush-interval-msec", "50"],
  });
  const ports = new Map<string, number>();
  for (const { name } of listeners) ports.set(name, (await envoy.listener(name)).port);
  return {
    envoy,
    port: (name) => ports.get(name) ?? 0,
    records: (name, sessions) =>
      vi.waitFor(
        () => {
          const found = recordsIn<R>(fileOf(name));
          if (found.length < sessions)
            throw new Error(`${found.length} of ${sessions} sessions are in the log`);
          return found;
        },
        { timeout: 20_000, interval: 50 },
      ),
    stop: async () => {
      await envoy.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isPath(upstream: number | string): upstream is string {
  return typeof upstream === "string";
}

/** A cluster that has the path as its name. */
function socketCluster(path: string): object {
  const endpoint = { address: { pipe: { path } } };
  const endpoints = [{ lb_endpoints: [{ endpoint }] }];
  return cluster(path, undefined, { load_assignment: { cluster_name: path, endpoints } });
}

function fileLog(path: string, { rootId = "" }: FilterOptions): object {
  return {
    name: "envoy.access_loggers.file",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
      path,
      log_format: {
        text_format_source: {
          inline_string: `%UPSTREAM_LOCAL_ADDRESS% %FILTER_STATE(wasm.${rootId}:PLAIN)%\n`,
        },
      },
    },
  };
}

function recordsIn<R>(file: string): Recorded<R>[] {
  const text = readFileSync(file, "utf8");
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line !== "").map((line) => recorded<R>(line));
}

function recorded<R>(text: string): Recorded<R> {
  const [address = "", ...rest] = text.split(" ");
  const line = rest.join(" ");
  return { port: Number(address.split(":").at(-1)), line, record: JSON.parse(line) as R };
}
