// What has to hold at every moment, whatever the bytes were (design: metrics, "Invariants, always").

import { Histogram, parseMetricName, type Stat, type StatStore } from "../../host/index.ts";

/** `open`: something may be outstanding; `closed`: every connection is over. */
export type Moment = "open" | "closed";

type Labels = Readonly<Record<string, string>>;
type Where = (labels: Labels) => boolean;
interface Term {
  readonly metric: string;
  readonly where?: Where;
}

/** Sums: `always` are equal; `settles` means left ≥ right while connections are open and equal afterwards. */
interface Invariant {
  readonly name: string;
  readonly kind: "always" | "settles" | "at least";
  readonly left: readonly Term[];
  readonly right: readonly Term[];
}

const t = (metric: string, where?: Where): Term => ({ metric, where });
const is =
  (label: string, value: string): Where =>
  (labels) =>
    labels[label] === value;

/** No connection of any protocol may leave these. */
const BOTH: readonly Invariant[] = [
  { name: "no filter errors", kind: "always", left: [t("filter_errors_total")], right: [] },
  {
    name: "opaque bytes are bytes",
    kind: "at least",
    left: [t("bytes_total")],
    right: [t("opaque_bytes_total")],
  },
];

const SMTP: readonly Invariant[] = [
  {
    name: "sessions end once",
    kind: "always",
    left: [t("sessions_total")],
    right: [t("session_ends_total"), t("sessions_active")],
  },
  { name: "no session stays active", kind: "settles", left: [t("sessions_active")], right: [] },
  { name: "no transaction stays active", kind: "settles", left: [t("transactions_active")], right: [] },
  {
    name: "a dialect per ended session",
    kind: "always",
    left: [t("session_ends_total")],
    right: [t("session_dialects_total")],
  },
  {
    name: "a greeting per session",
    kind: "settles",
    left: [t("sessions_total")],
    right: [t("greetings_total")],
  },
  {
    name: "transactions end once",
    kind: "always",
    left: [t("transactions_started_total")],
    right: [t("transactions_total"), t("transactions_active")],
  },
  {
    name: "a stage per rejected transaction",
    kind: "always",
    left: [t("transactions_total", is("outcome", "rejected"))],
    right: [t("transaction_rejections_total", (labels) => labels["stage"] !== "mail")],
  },
  {
    name: "a cause per aborted transaction",
    kind: "always",
    left: [t("transactions_total", is("outcome", "aborted"))],
    right: [t("transaction_aborts_total")],
  },
  {
    name: "an outcome per RCPT",
    kind: "settles",
    left: [t("commands_total", is("verb", "rcpt"))],
    right: [t("recipients_total")],
  },
  {
    name: "an answer per session's greeting",
    kind: "settles",
    left: [t("sessions_total")],
    right: [t("replies_total", is("verb", "connect")), t("commands_unanswered_total", is("verb", "connect"))],
  },
];

/** For every verb: what was sent was answered, is outstanding, or will never be answered. */
function smtpVerb(verb: string): Invariant {
  return {
    name: `an answer per ${verb}`,
    kind: "settles",
    left: [t("commands_total", is("verb", verb))],
    right: [t("replies_total", is("verb", verb)), t("commands_unanswered_total", is("verb", verb))],
  };
}

const LDAP: readonly Invariant[] = [
  {
    name: "connections end once",
    kind: "always",
    left: [t("connections_total")],
    right: [t("connection_ends_total"), t("connections_active")],
  },
  { name: "no connection stays active", kind: "settles", left: [t("connections_active")], right: [] },
  { name: "no operation stays active", kind: "settles", left: [t("operations_active")], right: [] },
  {
    name: "a result per answered bind",
    kind: "at least",
    left: [t("binds_total")],
    right: [t("bind_results_total")],
  },
];

/** Checks the invariants of the protocols found in a store; cheap enough for every chunk. */
export class InvariantChecker {
  private readonly stats: StatStore;
  private compiledFor = -1;
  private compiled: { invariant: Invariant; left: Stat[]; right: Stat[] }[] = [];

  constructor(stats: StatStore) {
    this.stats = stats;
  }

  /** What does not hold, in words; metrics must have been flushed. */
  violations(moment: Moment): string[] {
    if (this.compiledFor !== this.stats.size) this.compile();
    const found: string[] = [];
    for (const { invariant, left, right } of this.compiled) {
      const [have, want] = [total(left), total(right)];
      const equal = invariant.kind === "always" || (invariant.kind === "settles" && moment === "closed");
      if (equal ? have === want : have >= want) continue;
      const relation = equal ? "=" : "≥";
      found.push(
        `${invariant.name}: ${show(invariant.left)} ${have} ${relation} ${want} ${show(invariant.right)}`,
      );
    }
    return found;
  }

  private compile(): void {
    this.compiledFor = this.stats.size;
    const named = this.stats.all().map((stat) => {
      const { protocol, metric, labels } = parseMetricName(stat.fullName);
      return { stat, protocol, metric, labels: Object.fromEntries(labels) as Labels };
    });
    const find = (terms: readonly Term[], protocol: string): Stat[] =>
      terms.flatMap(({ metric, where }) =>
        named
          .filter(
            (one) => one.protocol === protocol && one.metric === metric && (where?.(one.labels) ?? true),
          )
          .map(({ stat }) => stat),
      );
    const verbs = named
      .filter(({ protocol, metric }) => protocol === "smtp" && metric === "commands_total")
      .map(({ labels }) => labels["verb"] ?? "");
    const smtp = [...BOTH, ...SMTP, ...[...new Set(verbs)].map(smtpVerb)];
    const byProtocol: [string, readonly Invariant[]][] = [
      ["smtp", smtp],
      ["ldap", [...BOTH, ...LDAP]],
    ];
    this.compiled = byProtocol.flatMap(([protocol, invariants]) =>
      invariants.map((invariant) => ({
        invariant,
        left: find(invariant.left, protocol),
        right: find(invariant.right, protocol),
      })),
    );
  }
}

function total(stats: readonly Stat[]): number {
  let sum = 0;
  for (const stat of stats)
    sum += stat instanceof Histogram ? stat.count : Number(BigInt.asIntN(64, stat.value));
  return sum;
}

function show(terms: readonly Term[]): string {
  return terms.length === 0 ? "(nothing)" : `Σ(${terms.map(({ metric }) => metric).join(" + ")})`;
}
