import { NAMESPACE } from "./store.ts";

/** The `stat_prefix` of a filter that is given none. */
export const DEFAULT_PREFIX = "default";

/** A stat's name taken apart by the grammar of the metrics: `protocol.prefix.metric[.label.value]…`. */
export interface MetricName {
  readonly protocol: string;
  readonly prefix: string;
  readonly metric: string;
  readonly labels: readonly (readonly [label: string, value: string])[];
}

/** Takes apart a name as the module defined it or, with `wasmcustom.`, as Envoy stores it. */
export function parseMetricName(name: string): MetricName {
  const own = name.startsWith(NAMESPACE) ? name.slice(NAMESPACE.length) : name;
  const [protocol = "", prefix = "", metric = "", ...rest] = own.split(".");
  const labels: [string, string][] = [];
  for (let i = 0; i + 1 < rest.length; i += 2) labels.push([rest[i] ?? "", rest[i + 1] ?? ""]);
  return { protocol, prefix, metric, labels };
}
