import type { Sample } from "../host/metrics/parse.ts";
import { BOOK_PREFIX } from "./server/book.ts";

/** A number that filter and server both keep, or a family of such by labels. */
interface Account {
  readonly title: string;
  readonly filter: readonly Term[];
  readonly server: readonly Term[];
  /** The labels that tell the rows of the family apart. */
  readonly by?: readonly string[];
  /** How far apart the two may be, as a part of the server's number. Default 0: exactly equal. */
  readonly tolerance?: number;
}

/** What is added up for one side: samples of that name and these labels, times the sign. */
interface Term {
  readonly name: string;
  readonly where?: Readonly<Record<string, string>>;
  readonly sign?: -1;
}

/** One line of the comparison. */
export interface Row {
  readonly title: string;
  /** The values of the labels, or "" where there is one row only. */
  readonly key: string;
  readonly filter: number;
  readonly server: number;
  readonly equal: boolean;
  /** Whether equal means "as far as Envoy's histograms tell". */
  readonly approximate: boolean;
}

/** Envoy keeps a histogram's sum to two significant digits for each sample. */
const HISTOGRAM_PRECISION = 0.05;

const ACCOUNTS: readonly Account[] = [
  account("sessions", "sessions_total"),
  account("open", "sessions_active"),
  account("ended by", "session_ends_total", ["reason"]),
  account("commands", "commands_total", ["verb"]),
  account("replies", "replies_total", ["verb", "class"]),
  account("reply codes", "reply_codes_total", ["code"]),
  account("started", "transactions_started_total"),
  account("transactions", "transactions_total", ["outcome"]),
  account("refused at", "transaction_rejections_total", ["stage", "class"]),
  account("aborted by", "transaction_aborts_total", ["cause"]),
  account("recipients", "recipients_total", ["outcome"]),
  account("null senders", "null_senders_total"),
  account("messages", "messages_total", ["mode"]),
  account("measured", "message_bytes_count"),
  { ...account("message bytes", "message_bytes_sum"), tolerance: HISTOGRAM_PRECISION },
  {
    title: "clear bytes",
    filter: [{ name: "smtp_bytes_total" }, { name: "smtp_opaque_bytes_total", sign: -1 }],
    server: [{ name: `${BOOK_PREFIX}clear_bytes_total` }],
    by: ["from"],
  },
  {
    title: "TLS upgrades",
    filter: [{ name: "smtp_opaque_sessions_total", where: { cause: "starttls" } }],
    server: [{ name: `${BOOK_PREFIX}tls_upgrades_total` }],
  },
];

/**
 * Lays the filter's metrics and the server's book side by side, row by row; rows where both are 0 are left out.
 * `filter` and `before` are samples of one stat_prefix now and before the first session. Metrics that the filter
 * does not have at its verbosity are left out too.
 */
export function compare(
  filter: readonly Sample[],
  server: readonly Sample[],
  before: readonly Sample[],
): Row[] {
  const known = new Set(filter.map(({ name }) => name));
  return ACCOUNTS.filter(({ filter: terms }) => terms.every(({ name }) => known.has(name))).flatMap((one) => {
    const ours = totals(filter, one.filter, one.by ?? []);
    const earlier = totals(before, one.filter, one.by ?? []);
    const theirs = totals(server, one.server, one.by ?? []);
    return [...new Set([...ours.keys(), ...theirs.keys()])]
      .map((key) => row(one, key, (ours.get(key) ?? 0) - (earlier.get(key) ?? 0), theirs.get(key) ?? 0))
      .filter(({ filter: a, server: b }) => a !== 0 || b !== 0);
  });
}

function row(one: Account, key: string, filter: number, server: number): Row {
  const { title, tolerance = 0 } = one;
  const equal = Math.abs(filter - server) <= tolerance * server;
  return { title, key, filter, server, equal, approximate: tolerance > 0 };
}

function account(title: string, metric: string, by?: readonly string[]): Account {
  return { title, by, filter: [{ name: `smtp_${metric}` }], server: [{ name: BOOK_PREFIX + metric }] };
}

function totals(
  samples: readonly Sample[],
  terms: readonly Term[],
  by: readonly string[],
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, where = {}, sign = 1 } of terms) {
    for (const sample of samples) {
      if (sample.name !== name) continue;
      if (Object.entries(where).some(([label, value]) => sample.labels[label] !== value)) continue;
      const key = by.map((label) => sample.labels[label] ?? "").join(" ");
      sums.set(key, (sums.get(key) ?? 0) + sign * sample.value);
    }
  }
  return sums;
}
