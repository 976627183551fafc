import { Histogram, type Stat } from "../metrics/store.ts";
import { DEFAULT_PREFIX, parseMetricName } from "../metrics/names.ts";
import { formatAddress } from "../envoy/address.ts";
import { NANOSECONDS_PER_SECOND } from "./capture.ts";
import type { ConnectionSummaries, ConnectionSummary } from "./summary.ts";
import type { CaptureCounts } from "./tracker.ts";
import { formatBytes, formatCount, formatDuration, formatWall, plural, table } from "./words.ts";

/** What a replay found. */
export interface ReplayReport {
  readonly files: readonly string[];
  readonly counts: CaptureCounts;
  /** Nanoseconds since 1970 of the first packet. */
  readonly start: bigint;
  /** Nanoseconds from the first packet to the last. */
  readonly duration: number;
  readonly connections: ConnectionSummaries;
  readonly warnings: readonly string[];
  /** In the order in which they are shown. */
  readonly stats: readonly Stat[];
}

/** Says nothing about the traffic. */
const OWN_METRICS: ReadonlySet<string> = new Set(["filter_info", "filter_memory_bytes"]);

const MOST_PORTS = 5;

/** For people: what was captured, the first connections, every metric that is not zero. */
export function asText(report: ReplayReport): string {
  const sections = [summaryLines(report), connectionLines(report), metricLines(report.stats)];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** For tools; durations in seconds, times in ISO 8601. */
export function asJson(report: ReplayReport): string {
  const { files, counts, start, duration, connections, warnings, stats } = report;
  const capture = {
    files,
    start: isoTime(start),
    duration_seconds: duration / NANOSECONDS_PER_SECOND,
    ...countsOf(counts),
    open_at_end: connections.open,
    warnings,
  };
  const listed = connections.listed.map((summary) => ({
    number: summary.number,
    client: formatAddress(summary.client),
    server: formatAddress(summary.server),
    start_seconds: summary.time / NANOSECONDS_PER_SECOND,
    duration_seconds: (summary.lastSeen - summary.time) / NANOSECONDS_PER_SECOND,
    bytes_from_client: summary.bytes.client,
    bytes_from_server: summary.bytes.server,
    bytes_lost: summary.lost,
    mid_stream: summary.isMidStream,
    end: summary.end,
  }));
  return `${JSON.stringify({ capture, connections: listed, metrics: stats.map(metricOf) }, null, 2)}\n`;
}

function isoTime(nanoseconds: bigint): string | null {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function countsOf(counts: CaptureCounts) {
  return {
    packets: counts.packets,
    bytes: counts.bytes,
    tcp_packets: counts.tcpPackets,
    other_packets: counts.other,
    fragments: counts.fragments,
    fragments_joined: counts.fragmentsJoined,
    packets_without_headers: counts.short,
    stray_packets: counts.strays,
    connections: counts.connections,
    mid_stream: counts.midStream,
    unanswered: counts.unanswered,
    not_followed: counts.notFollowed,
    retransmissions: counts.retransmissions,
    overlaps: counts.overlaps,
    out_of_order: counts.outOfOrder,
    keep_alives: counts.keepAlives,
    gaps: counts.gaps,
    gap_bytes: counts.gapBytes,
  };
}

function metricOf(stat: Stat) {
  const { protocol, prefix, metric, labels } = parseMetricName(stat.fullName);
  const name = `${protocol}_${metric}`;
  const named = { name, type: stat.kind, labels: { stat_prefix: prefix, ...Object.fromEntries(labels) } };
  if (!(stat instanceof Histogram)) return { ...named, value: Number(stat.value) };
  let count = 0;
  const buckets = stat.bounds.map((le, i) => ({ le, count: (count += stat.counts[i] ?? 0) }));
  return { ...named, count: stat.count, sum: Number(stat.sum), buckets };
}

function summaryLines({ files, counts, start, duration, connections }: ReplayReport): string[] {
  const notRead = [
    [counts.fragments - counts.fragmentsJoined, "IP fragment"],
    [counts.short, "packet cut off within its headers"],
    [counts.strays, "TCP packet of no known connection"],
    [counts.notFollowed, "connection beyond the limit"],
  ] as const;
  const put = [
    [counts.retransmissions, "retransmission"],
    [counts.outOfOrder, "segment out of order"],
    [counts.overlaps, "overlap"],
    [counts.keepAlives, "keep-alive"],
    [counts.fragmentsJoined, "IP fragment"],
  ] as const;
  const gaps =
    counts.gaps === 0 ? "" : `${plural(counts.gaps, "gap")} of ${plural(counts.gapBytes, "byte")} together`;
  const rows = [
    ["capture", files.join(", ")],
    [
      "packets",
      `${plural(counts.packets, "packet")}, ${formatBytes(counts.bytes)}, ${whenLine(start, duration)}`,
    ],
    ["connections", connectionsLine(counts, connections)],
    [
      "reassembly",
      [...put.filter(([n]) => n > 0).map(([n, noun]) => plural(n, noun)), gaps].filter(Boolean).join(", "),
    ],
    [
      "not read",
      notRead
        .filter(([n]) => n > 0)
        .map(([n, noun]) => plural(n, noun))
        .join(", "),
    ],
  ];
  return table(rows.filter(([, text]) => text !== ""));
}

function whenLine(start: bigint, duration: number): string {
  return `from ${formatWall(start)}, ${formatDuration(duration / 1000)}`;
}

function connectionsLine(counts: CaptureCounts, { ports, open }: ConnectionSummaries): string {
  const most = [...ports].sort(([, a], [, b]) => b - a);
  const shown = most.slice(0, MOST_PORTS).map(([port, count]) => `${port} (${formatCount(count)})`);
  if (most.length > MOST_PORTS) shown.push("…");
  const parts = [
    counts.connections === 0 ? "none" : `${formatCount(counts.connections)} to port ${shown.join(", ")}`,
    counts.midStream > 0 ? `${formatCount(counts.midStream)} older than the capture` : "",
    open > 0 ? `${formatCount(open)} open at its end` : "",
    counts.unanswered > 0 ? `${formatCount(counts.unanswered)} refused or unanswered` : "",
  ];
  return parts.filter(Boolean).join("; ");
}

function connectionLines({ connections, counts }: ReplayReport): string[] {
  if (connections.listed.length === 0) return [];
  const head = ["#", "at", "client", "server", "lasted", "from client", "from server", "closed by", ""];
  const rows = connections.listed.map((summary) => [
    String(summary.number),
    `${(summary.time / NANOSECONDS_PER_SECOND).toFixed(3)} s`,
    formatAddress(summary.client),
    formatAddress(summary.server),
    formatDuration((summary.lastSeen - summary.time) / 1000),
    formatBytes(summary.bytes.client),
    formatBytes(summary.bytes.server),
    summary.end === "open" ? "(open)" : summary.end,
    remarkOn(summary),
  ]);
  const more = counts.connections - connections.listed.length;
  const lines = table([head, ...rows], [0, 1, 4, 5, 6]);
  return more > 0 ? [...lines, `${formatCount(more)} more: --list ${counts.connections} shows all`] : lines;
}

function remarkOn({ isMidStream, lost }: ConnectionSummary): string {
  if (isMidStream) return "older than the capture";
  return lost > 0 ? `${formatBytes(lost)} not captured` : "";
}

function metricLines(stats: readonly Stat[]): string[] {
  const rows: string[][] = [];
  let last = "";
  for (const stat of stats) {
    const { protocol, prefix, metric, labels } = parseMetricName(stat.fullName);
    if (OWN_METRICS.has(metric) || isZero(stat)) continue;
    const name = `${protocol}_${metric}${prefix === DEFAULT_PREFIX ? "" : ` (${prefix})`}`;
    const shown = labels.map(([label, value]) => `${label}=${value}`).join(" ");
    rows.push([name === last ? "" : name, shown, ...valueCells(stat, metric)]);
    last = name;
  }
  return table(rows, [2]);
}

function isZero(stat: Stat): boolean {
  return stat instanceof Histogram ? stat.count === 0 : stat.value === 0n;
}

function valueCells(stat: Stat, metric: string): [string, string] {
  if (!(stat instanceof Histogram)) return [formatCount(Number(stat.value)), ""];
  const format = metric.endsWith("_us") ? formatDuration : metric.endsWith("_bytes") ? formatBytes : short;
  const at = (q: number): string => format(stat.quantiles.quantile(q));
  const mean = format(Math.round(Number(stat.sum) / stat.count));
  const spread = stat.count === 1 ? mean : `mean ${mean}, median ${at(0.5)}, 95 % ${at(0.95)}, most ${at(1)}`;
  return [formatCount(stat.count), spread];
}

function short(value: number): string {
  return String(Math.round(value));
}
