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

/** In the order in which they come up, not alphabetical. */
const OPERATIONS = "bind search compare add modify moddn delete extended abandon unbind unknown".split(" ");

/** Columns of result classes; the rare ones share the last. */
const CLASSES: readonly {
  readonly title: string;
  readonly classes: readonly string[];
  readonly drop: number;
}[] = [
  { title: "success", classes: ["success"], drop: 3 },
  { title: "security", classes: ["security"], drop: 2 },
  { title: "not found", classes: ["not_found"], drop: 5 },
  { title: "invalid", classes: ["invalid"], drop: 6 },
  { title: "other", classes: ["continue", "referral", "limit", "server", "unknown"], drop: 7 },
];

const COLUMNS: readonly Column[] = [
  { title: "op", align: "left" },
  { title: "total", align: "right" },
  { title: "per s", align: "right" },
  ...CLASSES.map(({ title, drop }) => ({ title, align: "right" as const, drop })),
  ...LATENCY_COLUMNS,
];

/** What the LDAP filter counts. */
export const LDAP_PANEL: Panel = {
  content: (moment, style) => ({
    title: "LDAP",
    summary: summary(moment, style),
    columns: COLUMNS,
    rows: rows(moment, style),
    outcomes: outcomes(moment, style),
  }),
  logLine: (moment) => {
    const { now } = moment;
    const latency = recent(moment, "ldap_request_duration_us");
    return [
      `LDAP · connections ${count(now.sum("ldap_connections_total"))} (${count(now.sum("ldap_connections_active"))} open)`,
      `requests ${count(now.sum("ldap_requests_total"))} (${rate(perSecond(moment, "ldap_requests_total"))}/s)`,
      totalsOf(moment, "ldap_operations_total", "outcome", ["answered", "abandoned"]),
      `p50 ${duration(quantile(0.5, latency))} p99 ${duration(quantile(0.99, latency))}`,
    ].join(" · ");
  },
};

function summary(moment: Moment, style: Style): string[][] {
  const { now } = moment;
  const bytes = (from: string): string => size(now.sum("ldap_bytes_total", { from }));
  const clear = now.sum("ldap_cleartext_binds_total");
  return [
    [
      `${count(now.sum("ldap_connections_total"))} connections`,
      `${style.bold(count(now.sum("ldap_connections_active")))} open`,
      `${rate(perSecond(moment, "ldap_connections_total"))} per s`,
      clear > 0 ? style.bad(`${count(clear)} passwords in clear`) : "no password in clear",
    ],
    [
      `${count(now.sum("ldap_search_entries_total"))} entries`,
      `${rate(perSecond(moment, "ldap_search_entries_total"))} per s`,
      `${bytes("client")} from clients`,
      `${bytes("server")} back`,
    ],
  ];
}

function rows(moment: Moment, style: Style): PanelRow[] {
  const { now } = moment;
  return OPERATIONS.flatMap((op) => {
    const weight = now.sum("ldap_requests_total", { op });
    if (weight === 0) return [];
    const results = CLASSES.map(({ title, classes }) =>
      paintClass(
        title,
        count(classes.reduce((sum, found) => sum + now.sum("ldap_responses_total", { op, class: found }), 0)),
        style,
      ),
    );
    const cells = [
      style.bold(op),
      ...volume(moment, "ldap_requests_total", { op }),
      ...results,
      ...latencies(moment, "ldap_operation_duration_us", { op }),
    ];
    return [{ cells, weight }];
  });
}

function outcomes(moment: Moment, style: Style): Outcome[] {
  const operations = paintedCounts(moment, "ldap_operations_total", "outcome", {
    answered: style.good,
    abandoned: style.warn,
    canceled: style.warn,
    dropped_by_bind: style.warn,
    unanswered: style.bad,
    evicted: style.bad,
  });
  const active = `${count(moment.now.sum("ldap_operations_active"))} open`;
  return [
    { title: "operations", parts: [...operations, active] },
    { title: "binds", parts: countsBy(moment, "ldap_bind_results_total", "result") },
    { title: "filters", parts: countsBy(moment, "ldap_search_filters_total", "shape") },
    { title: "searches", parts: countsBy(moment, "ldap_search_traits_total", "trait") },
  ];
}

function paintClass(title: string, text: string, style: Style): string {
  if (text === "·") return style.dim(text);
  if (title === "security") return style.bad(text);
  return title === "success" ? text : style.warn(text);
}
