/** Grafana's dashboards as they ship. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const DASHBOARDS_FOLDER = "deploy/grafana/dashboards";

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: { readonly uid: string };
  }[];
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

export interface Dashboard {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

/** All that ship. */
export function dashboards(): Dashboard[] {
  return readdirSync(DASHBOARDS_FOLDER).map((file) => ({
    ...(JSON.parse(readFileSync(join(DASHBOARDS_FOLDER, file), "utf8")) as Omit<Dashboard, "file">),
    file,
  }));
}

/** An expression as Grafana would send it, everything chosen, for a Prometheus that scrapes once a second. */
export function asSent(expression: string): string {
  return expression
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$instance", ".*")
    .replaceAll("$stat_prefix", ".*");
}
