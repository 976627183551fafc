/** Debian's Prometheus and promtool, with the rules that ship. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { anyPort } from "../../../host/envoy/ports.ts";
import { runInside, startDaemon, workplace, type Ended, type Workplace } from "../servers/installed.ts";

/** Where the rules are, and their tests. */
export const RULES_FOLDER = "deploy/prometheus";

/** One rule: what is recorded or the alert, and its expression. */
export interface Rule {
  readonly name: string;
  readonly expression: string;
}

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly record?: string; readonly expr: string }[];
  }[];
}

/** The rules in a file of {@link RULES_FOLDER}. */
export function rulesIn(file: string): Rule[] {
  const { groups } = parse(readFileSync(join(RULES_FOLDER, file), "utf8")) as RuleFile;
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert, record, expr }) => ({ name: alert ?? record ?? "", expression: expr })),
  );
}

/** Runs promtool on `files`, among those of {@link RULES_FOLDER} and `more` (text by name). */
export async function promtool(
  words: readonly string[],
  files: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const place = furnished(more);
  const paths = files.map((file) => join(place.inside, file));
  try {
    return await runInside("prometheus", ["/usr/bin/promtool", ...words, ...paths]);
  } finally {
    place.remove();
  }
}

/** One series of an answer. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus that scrapes once a second. */
export interface Prometheus {
  /** Series of an instant query; a scalar is one without labels. Throws with Prometheus' words where it refuses. */
  query(expression: string): Promise<Series[]>;
  stop(): Promise<void>;
}

/** Starts one that knows the rules and scrapes `targets` (`host:port` by job), Envoy's under the job `envoy`. */
export async function startPrometheus(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
  const port = await anyPort();
  const place = furnished({ "prometheus.yml": configuration(targets) });
  place.folder("data");
  const command = [
    "/usr/bin/prometheus",
    `--config.file=${place.inside}/prometheus.yml`,
    `--storage.tsdb.path=${place.inside}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--log.level=warn",
  ];
  const daemon = await startDaemon("prometheus", command, [port]);
  return {
    query: (expression) => query(port, expression),
    stop: async () => {
      await daemon.stop();
      place.remove();
    },
  };
}

function furnished(more: Readonly<Record<string, string>>): Workplace {
  const place = workplace("prometheus");
  for (const file of readdirSync(RULES_FOLDER))
    place.write(file, readFileSync(join(RULES_FOLDER, file), "utf8"));
  for (const [file, text] of Object.entries(more)) place.write(file, text);
  return place;
}

function configuration(targets: Readonly<Record<string, string>>): string {
  return stringify({
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: ["recording.yaml", "alerts.yaml"],
    scrape_configs: Object.entries(targets).map(([job, target]) => ({
      job_name: job,
      metrics_path: job === "envoy" ? "/stats/prometheus" : "/metrics",
      static_configs: [{ targets: [target] }],
    })),
  });
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly resultType: string; readonly result: unknown };
}

type Point = readonly [time: number, value: string];
type Vector = readonly { readonly metric: Record<string, string>; readonly value: Point }[];

/** Series of an instant query to the Prometheus at `port` of 127.0.0.1; throws with its words where it refuses. */
export async function query(port: number, expression: string): Promise<Series[]> {
  const body = new URLSearchParams({ query: expression });
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query`, { method: "POST", body });
  const { status, error, data } = (await response.json()) as Answer;
  if (status !== "success") throw new Error(`${expression}: ${error ?? "refused"}`);
  if (data.resultType === "scalar") return [{ labels: {}, value: Number((data.result as Point)[1]) }];
  return (data.result as Vector).map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
