import { clock, count, duration, rate, size } from "./numbers.ts";
import { quantile, since, type Bucket, type Snapshot } from "./snapshot.ts";
import { fit, left, widthOf, type Style } from "./style.ts";
import { table, type Column } from "./table.ts";

/** What the live table is made from. */
export interface Moment {
  /** Seconds since the clients began. */
  readonly seconds: number;
  readonly now: Snapshot;
  /** Some seconds before: rates and latencies are of the time between. */
  readonly before: Snapshot;
}

/** Protocol order, not alphabetical: a session reads from top to bottom. */
const VERBS =
  "connect helo ehlo lhlo starttls auth mail rcpt data eod bdat rset noop vrfy help other quit".split(" ");
const CLASSES = ["2xx", "3xx", "4xx", "5xx"];
const QUANTILES = [0.5, 0.9, 0.99];

const COLUMNS: readonly Column[] = [
  { title: "verb", align: "left" },
  { title: "total", align: "right" },
  { title: "per s", align: "right" },
  { title: "2xx", align: "right", drop: 3 },
  { title: "3xx", align: "right", drop: 5 },
  { title: "4xx", align: "right", drop: 2 },
  { title: "5xx", align: "right", drop: 2 },
  { title: "p50", align: "right" },
  { title: "p90", align: "right", drop: 4 },
  { title: "p99", align: "right", drop: 1 },
];

/** The live table, line by line, none wider than `width`. */
export function frame(moment: Moment, width: number, style: Style): string[] {
  const lines = [
    ...summary(moment, width, style),
    "",
    ...table(COLUMNS, verbRows(moment, style), width, style),
    "",
    ...outcomes(moment, width, style),
  ];
  return lines.map((line) => fit(line, width));
}

/** The same in one line, for a log. */
export function logLine(moment: Moment): string {
  const { now } = moment;
  const ended = now.by("smtp_transactions_total", "outcome");
  const eod = window(moment, "smtp_command_duration_us", { verb: "eod" });
  const parts = [
    `${clock(moment.seconds)}`,
    `sessions ${count(now.sum("smtp_sessions_total"))} (${count(now.sum("smtp_sessions_active"))} open)`,
    `commands ${count(now.sum("smtp_commands_total"))} (${rate(perSecond(moment, "smtp_commands_total"))}/s)`,
    ["committed", "rejected", "aborted"].map((key) => `${key} ${count(ended.get(key) ?? 0)}`).join(", "),
    `end of data p50 ${duration(quantile(0.5, eod))} p99 ${duration(quantile(0.99, eod))}`,
  ];
  return parts.join(" · ");
}

function summary(moment: Moment, width: number, style: Style): string[] {
  const { now } = moment;
  const bytes = (from: string): string => size(now.sum("smtp_bytes_total", { from }));
  const sessions = [
    `${count(now.sum("smtp_sessions_total"))} sessions`,
    `${style.bold(count(now.sum("smtp_sessions_active")))} open`,
    `${rate(perSecond(moment, "smtp_sessions_total"))} per s`,
    `${count(now.sum("smtp_opaque_sessions_total", { cause: "starttls" }))} encrypted`,
  ];
  const mail = [
    `${count(now.sum("smtp_messages_total"))} messages`,
    `${rate(perSecond(moment, "smtp_messages_total"))} per s`,
    `${bytes("client")} from clients`,
    `${bytes("server")} back`,
  ];
  return [sessions, mail].flatMap((parts) => flow("", parts, width, style));
}

function verbRows(moment: Moment, style: Style): string[][] {
  const { now } = moment;
  return VERBS.flatMap((verb) => {
    const metric = verb === "connect" ? "smtp_sessions_total" : "smtp_commands_total";
    const where: Record<string, string> = verb === "connect" ? {} : { verb };
    const total = now.sum(metric, where);
    if (total === 0) return [];
    const classes = CLASSES.map((found) =>
      paintClass(found, count(now.sum("smtp_replies_total", { verb, class: found })), style),
    );
    const latency = window(moment, "smtp_command_duration_us", { verb });
    const quantiles = QUANTILES.map((q) => duration(quantile(q, latency)));
    return [
      [style.bold(verb), count(total), rate(perSecond(moment, metric, where)), ...classes, ...quantiles],
    ];
  });
}

function outcomes({ now }: Moment, width: number, style: Style): string[] {
  const paint: Record<string, (text: string) => string> = {
    committed: style.good,
    partial: style.warn,
    rejected: style.warn,
    aborted: style.warn,
    unknown: style.bad,
  };
  const ended = now.by("smtp_transactions_total", "outcome");
  const transactions = Object.entries(paint)
    .filter(([outcome]) => ended.has(outcome))
    .map(([outcome, colour]) => colour(`${count(ended.get(outcome) ?? 0)} ${outcome}`));
  const active = `${count(now.sum("smtp_transactions_active"))} open`;
  const by = (metric: string, label: string): string[] =>
    [...now.by(metric, label)].map(([key, n]) => `${count(n)} ${key}`);
  return [
    ...flow("transactions", [...transactions, active], width, style),
    ...flow("refused at", by("smtp_transaction_rejections_total", "stage"), width, style),
    ...flow("aborted by", by("smtp_transaction_aborts_total", "cause"), width, style),
    ...flow("recipients", by("smtp_recipients_total", "outcome"), width, style),
  ];
}

const TITLE_WIDTH = 12;

/** The parts one after the other behind a title, on as many lines as the width takes. */
function flow(title: string, parts: readonly string[], width: number, style: Style): string[] {
  const margin = title === "" ? "  " : `  ${left(style.dim(title), TITLE_WIDTH)}  `;
  const lines: string[] = [];
  let line = "";
  for (const part of parts.length > 0 ? parts : ["·"]) {
    const longer = line === "" ? part : `${line}${style.dim(" · ")}${part}`;
    if (line === "" || widthOf(margin) + widthOf(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = part;
    }
  }
  const indent = " ".repeat(widthOf(margin));
  return [...lines, line].map((text, i) => (i === 0 ? margin : indent) + text);
}

function paintClass(found: string, text: string, style: Style): string {
  if (text === "·") return style.dim(text);
  if (found === "4xx") return style.warn(text);
  return found === "5xx" ? style.bad(text) : text;
}

function perSecond({ now, before }: Moment, metric: string, where: Record<string, string> = {}): number {
  const seconds = (now.at - before.at) / 1_000;
  return seconds > 0 ? (now.sum(metric, where) - before.sum(metric, where)) / seconds : 0;
}

function window({ now, before }: Moment, metric: string, where: Record<string, string>): Bucket[] {
  return since(now.buckets(metric, where), before.buckets(metric, where));
}
