import { toPrometheus, toText, type ExpositionOptions } from "../metrics/exposition.ts";
import type { StatStore } from "../metrics/store.ts";
import type { TagRule } from "../metrics/tags.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = "text/plain; charset=UTF-8";

const INDEX = `<!doctype html>
<title>Heirloom</title>
<h1>Heirloom, embedded host</h1>
<ul>
<li><a href="/stats/prometheus">/stats/prometheus</a>: metrics with labels, for Prometheus
<li><a href="/stats">/stats</a>: the same by their full names
<li><a href="/ready">/ready</a>: LIVE as long as connections are accepted
</ul>
<p><code>?usedonly</code> leaves out what never counted, <code>?filter=REGEX</code> chooses by full name.
`;

/** Answers a request to the admin interface by its path and query, as Envoy would. */
export function answer(url: string, stats: StatStore, tagRules: readonly TagRule[]): Answer {
  const { pathname, searchParams } = new URL(url, "http://admin");
  const options = optionsOf(searchParams);
  if (options === undefined) return { status: 400, type: TEXT, body: "Invalid regex in filter\n" };
  const prometheus = (): Answer => ({
    status: 200,
    type: TEXT,
    body: toPrometheus(stats, tagRules, options),
  });
  switch (pathname) {
    case "/":
      return { status: 200, type: "text/html; charset=UTF-8", body: INDEX };
    case "/ready":
      return { status: 200, type: TEXT, body: "LIVE\n" };
    case "/stats/prometheus":
      return prometheus();
    case "/stats":
      if (searchParams.get("format") === "prometheus") return prometheus();
      return { status: 200, type: TEXT, body: toText(stats, options) };
    default:
      return { status: 404, type: TEXT, body: "not found: / lists what there is\n" };
  }
}

function optionsOf(query: URLSearchParams): ExpositionOptions | undefined {
  const filter = query.get("filter");
  try {
    return { usedOnly: query.has("usedonly"), filter: filter === null ? undefined : new RegExp(filter) };
  } catch {
    return undefined;
  }
}
