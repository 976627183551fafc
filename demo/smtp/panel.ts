import {
  countsBy,
  LATENCY_COLUMNS,
  latencies,
  paintedCounts,
  perSecond,
  recent,
  totalsOf,
  volume,
  type Moment,
} from "../view/moment.ts";
import { count, duration, rate, size } from "../view/numbers.ts";
import type { Outcome, Panel, PanelRow } from "../view/panel.ts";
import { quantile } from "../view/snapshot.ts";
import type { Style } from "../view/style.ts";
import type { Column } from "../view/table.ts";

/** Protocol order, not alphabetical: a session reads from top to bottom. */
const VERBS =
  "connect helo ehlo lhlo starttls auth mail rcpt data eod bdat rset noop vrfy help other quit".split(" ");
const CLASSES = ["2xx", "3xx", "4xx", "5xx"];

const COLUMNS: readonly Column[] = [
  { title: "verb", align: "left" },
  { title: "total", align: "right" },
  { title: "per s", align: "right" },
  { title: "2xx", align: "right", drop: 3 },
  { title: "3xx", align: "right", drop: 5 },
  { title: "4xx", align: "right", drop: 2 },
  { title: "5xx", align: "right", drop: 2 },
  ...LATENCY_COLUMNS,
];

/** What the SMTP filter counts. */
export const SMTP_PANEL: Panel = {
  content: (moment, style) => ({
    title: "SMTP",
    summary: summary(moment, style),
    columns: COLUMNS,
    rows: rows(moment, style),
    outcomes: outcomes(moment, style),
  }),
  logLine: (moment) => {
    const { now } = moment;
    const eod = recent(moment, "smtp_command_duration_us", { verb: "eod" });
    return [
      `SMTP · sessions ${count(now.sum("smtp_sessions_total"))} (${count(now.sum("smtp_sessions_active"))} open)`,
      `commands ${count(now.sum("smtp_commands_total"))} (${rate(perSecond(moment, "smtp_commands_total"))}/s)`,
      totalsOf(moment, "smtp_transactions_total", "outcome", ["committed", "rejected", "aborted"]),
      `end of data p50 ${duration(quantile(0.5, eod))} p99 ${duration(quantile(0.99, eod))}`,
    ].join(" · ");
  },
};

function summary(moment: Moment, style: Style): string[][] {
  const { now } = moment;
  const bytes = (from: string): string => size(now.sum("smtp_bytes_total", { from }));
  return [
    [
      `${count(now.sum("smtp_sessions_total"))} sessions`,
      `${style.bold(count(now.sum("smtp_sessions_active")))} open`,
      `${rate(perSecond(moment, "smtp_sessions_total"))} per s`,
      `${count(now.sum("smtp_opaque_sessions_total", { cause: "starttls" }))} encrypted`,
    ],
    [
      `${count(now.sum("smtp_messages_total"))} messages`,
      `${rate(perSecond(moment, "smtp_messages_total"))} per s`,
      `${bytes("client")} from clients`,
      `${bytes("server")} back`,
    ],
  ];
}

function rows(moment: Moment, style: Style): PanelRow[] {
  const { now } = moment;
  return VERBS.flatMap((verb) => {
    const metric = verb === "connect" ? "smtp_sessions_total" : "smtp_commands_total";
    const where: Record<string, string> = verb === "connect" ? {} : { verb };
    const weight = now.sum(metric, where);
    if (weight === 0) return [];
    const classes = CLASSES.map((found) =>
      paintClass(found, count(now.sum("smtp_replies_total", { verb, class: found })), style),
    );
    const cells = [
      style.bold(verb),
      ...volume(moment, metric, where),
      ...classes,
      ...latencies(moment, "smtp_command_duration_us", { verb }),
    ];
    return [{ cells, weight }];
  });
}

function outcomes(moment: Moment, style: Style): Outcome[] {
  const transactions = paintedCounts(moment, "smtp_transactions_total", "outcome", {
    committed: style.good,
    partial: style.warn,
    rejected: style.warn,
    aborted: style.warn,
    unknown: style.bad,
  });
  const active = `${count(moment.now.sum("smtp_transactions_active"))} open`;
  return [
    { title: "transactions", parts: [...transactions, active] },
    { title: "refused at", parts: countsBy(moment, "smtp_transaction_rejections_total", "stage") },
    { title: "aborted by", parts: countsBy(moment, "smtp_transaction_aborts_total", "cause") },
    { title: "recipients", parts: countsBy(moment, "smtp_recipients_total", "outcome") },
  ];
}

function paintClass(found: string, text: string, style: Style): string {
  if (text === "·") return style.dim(text);
  if (found === "4xx") return style.warn(text);
  return found === "5xx" ? style.bad(text) : text;
}
