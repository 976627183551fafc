import { toPrometheus, toText, type ExpositionOptions } from "../metrics/exposition.ts";
import type { StatStore } from "../metrics/store.ts";
import type { TagRule } from "../metrics/tags.ts";

/** What the admin interface tells about. */
export interface AdminSource {
  readonly stats: StatStore;
  readonly tagRules: readonly TagRule[];
  /** Envoy's words: LIVE takes connections, DRAINING only lets those that are open go on. */
  readonly state: () => "LIVE" | "DRAINING";
  /** What the index says about each proxy. */
  readonly proxies?: () => readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = "text/plain; charset=UTF-8";
const HTML = "text/html; charset=UTF-8";

/** Nothing here changes anything. */
const METHODS: readonly string[] = ["GET", "HEAD"];

/** Answers a request to the admin interface as Envoy would; `target` is what the request line has. */
export function answer(method: string, target: string, source: AdminSource): Answer {
  const path = `http://admin${target.startsWith("/") ? "" : "/"}${target}`;
  if (!URL.canParse(path)) return text(400, "not a path\n");
  const url = new URL(path);
  const respond = PAGES.get(url.pathname);
  if (respond === undefined) return text(404, "not found: / lists what there is\n");
  if (!METHODS.includes(method)) {
    return { ...text(405, `${method} is not allowed\n`), headers: { allow: METHODS.join(", ") } };
  }
  return respond(source, url.searchParams);
}

type Page = (source: AdminSource, query: URLSearchParams) => Answer;

const PAGES = new Map<string, Page>([
  ["/", (source) => ({ status: 200, type: HTML, body: index(source) })],
  ["/ready", ({ state }) => text(state() === "LIVE" ? 200 : 503, `${state()}\n`)],
  ["/stats", (source, query) => stats(source, query, query.get("format") === "prometheus")],
  ["/stats/prometheus", (source, query) => stats(source, query, true)],
]);

function stats({ stats: store, tagRules }: AdminSource, query: URLSearchParams, labelled: boolean): Answer {
  const options = optionsOf(query);
  if (options === undefined) return text(400, "Invalid regex in filter\n");
  return text(200, labelled ? toPrometheus(store, tagRules, options) : toText(store, options));
}

function optionsOf(query: URLSearchParams): ExpositionOptions | undefined {
  const filter = query.get("filter");
  try {
    return { usedOnly: query.has("usedonly"), filter: filter === null ? undefined : new RegExp(filter) };
  } catch {
    return undefined;
  }
}

function text(status: number, body: string): Answer {
  return { status, type: TEXT, body };
}

function index({ state, proxies = () => [] }: AdminSource): string {
  const listed = proxies().map((line) => `<li>${escaped(line)}\n`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Heirloom</title>
<style>:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif } body { max-width: 45rem; margin: 2rem auto; padding: 0 1rem }</style>
<h1>Heirloom, embedded host: ${state()}</h1>
${listed.length === 0 ? "" : `<ul>\n${listed.join("")}</ul>\n`}<ul>
<li><a href="/stats/prometheus">/stats/prometheus</a>: metrics with labels, for Prometheus
<li><a href="/stats">/stats</a>: the same by their full names
<li><a href="/ready">/ready</a>: LIVE as long as connections are accepted
</ul>
<p><code>?usedonly</code> leaves out what never counted, <code>?filter=REGEX</code> chooses by full name.
</html>
`;
}

function escaped(line: string): string {
  return line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
