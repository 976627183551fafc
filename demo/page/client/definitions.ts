import type { Protocol } from "../../protocol.ts";

/** A line of a plot: what grows, and in which colour. */
export interface Line {
  readonly label: string;
  readonly what: string;
  /** A variable of the style sheet. */
  readonly colour: string;
}

/** A number at the top. */
export interface Headline {
  readonly label: string;
  readonly what: string;
  readonly show: "pace" | "number" | "size";
  readonly unit: string;
  readonly tone?: "good" | "bad";
}

/** A column of results: what is added up for a row. */
export interface ResultColumn {
  readonly title: string;
  readonly tone?: "warn" | "bad" | "good";
  /** Left out where there is little room. */
  readonly isSpare?: boolean;
  readonly values: readonly string[];
}

/** How one protocol is shown. */
export interface Definition {
  readonly protocol: Protocol;
  readonly title: string;
  readonly headlines: readonly Headline[];
  readonly traffic: readonly Line[];
  readonly bytes: readonly Line[];
  readonly outcomes: { readonly title: string; readonly lines: readonly Line[] };
  readonly table: {
    readonly title: string;
    readonly rowTitle: string;
    /** Rows that are always there, then those that come when they count. */
    readonly rows: readonly string[];
    readonly rare: readonly string[];
    readonly results: readonly ResultColumn[];
    total(row: string): string;
    result(row: string, value: string): string;
    latency(row: string): string;
  };
  readonly latencies: { readonly label: string; readonly what: string }[];
  readonly anomalies: string;
  readonly receipts: { readonly title: string; readonly rows: number };
}

const SMTP_LATENCIES: readonly (readonly [verb: string, label: string])[] = [
  ["eod", "end of message (eod)"],
  ["connect", "greeting (connect)"],
  ["ehlo", "EHLO"],
  ["mail", "MAIL"],
  ["rcpt", "RCPT"],
  ["data", "DATA"],
  ["starttls", "STARTTLS"],
];

const SMTP: Definition = {
  protocol: "smtp",
  title: "SMTP",
  headlines: [
    { label: "messages", what: "smtp_messages_total", show: "pace", unit: "per s" },
    { label: "sessions open", what: "smtp_sessions_active", show: "number", unit: "now" },
    {
      label: "committed",
      what: 'smtp_transactions_total{outcome="committed"}',
      show: "number",
      unit: "transactions",
      tone: "good",
    },
    {
      label: "refused",
      what: 'smtp_transactions_total{outcome="rejected"}',
      show: "number",
      unit: "transactions",
      tone: "bad",
    },
  ],
  traffic: [
    { label: "commands", what: "smtp_commands_total", colour: "--smtp" },
    { label: "messages", what: "smtp_messages_total", colour: "--good" },
    { label: "sessions", what: "smtp_sessions_total", colour: "--violet" },
  ],
  bytes: [
    { label: "from clients", what: 'smtp_bytes_total{from="client"}', colour: "--smtp" },
    { label: "from servers", what: 'smtp_bytes_total{from="server"}', colour: "--violet" },
  ],
  outcomes: {
    title: "Transactions by outcome",
    lines: [
      { label: "committed", what: 'smtp_transactions_total{outcome="committed"}', colour: "--good" },
      { label: "rejected", what: 'smtp_transactions_total{outcome="rejected"}', colour: "--bad" },
      { label: "aborted", what: 'smtp_transactions_total{outcome="aborted"}', colour: "--warn" },
      {
        label: "other",
        what: 'smtp_transactions_total{outcome="partial"} + smtp_transactions_total{outcome="unknown"}',
        colour: "--muted",
      },
    ],
  },
  table: {
    title: "Commands and replies",
    rowTitle: "verb",
    rows: "connect helo ehlo starttls mail rcpt data eod rset noop vrfy help other quit".split(" "),
    rare: "lhlo auth bdat expn etrn turn burl send".split(" "),
    results: [
      { title: "2xx", tone: "good", values: ["2xx"] },
      { title: "3xx", values: ["3xx"] },
      { title: "4xx", tone: "warn", values: ["4xx"] },
      { title: "5xx", tone: "bad", values: ["5xx"] },
    ],
    total: (verb) => (verb === "connect" ? "smtp_sessions_total" : `smtp_commands_total{verb="${verb}"}`),
    result: (verb, value) => `smtp_replies_total{verb="${verb}",class="${value}"}`,
    latency: (verb) => `smtp_command_duration_us{verb="${verb}"}`,
  },
  latencies: SMTP_LATENCIES.map(([verb, label]) => ({
    label,
    what: `smtp_command_duration_us{verb="${verb}"}`,
  })),
  anomalies: "smtp_anomalies_total",
  receipts: { title: "Last mails received", rows: 8 },
};

const LDAP_OPERATIONS = "bind search compare add modify moddn delete extended".split(" ");

/** Columns of result classes; the rare ones share the last. */
const LDAP_RESULTS: readonly ResultColumn[] = [
  { title: "success", tone: "good", values: ["success"] },
  { title: "security", tone: "bad", values: ["security"] },
  { title: "not found", tone: "warn", isSpare: true, values: ["not_found"] },
  { title: "invalid", tone: "warn", isSpare: true, values: ["invalid"] },
  { title: "other", values: ["continue", "referral", "limit", "server", "unknown"] },
];

const LDAP: Definition = {
  protocol: "ldap",
  title: "LDAP",
  headlines: [
    { label: "requests", what: "ldap_requests_total", show: "pace", unit: "per s" },
    { label: "connections open", what: "ldap_connections_active", show: "number", unit: "now" },
    { label: "entries found", what: "ldap_search_entries_total", show: "pace", unit: "per s" },
    {
      label: "passwords in clear",
      what: "ldap_cleartext_binds_total",
      show: "number",
      unit: "binds",
      tone: "bad",
    },
  ],
  traffic: [
    { label: "requests", what: "ldap_requests_total", colour: "--ldap" },
    { label: "entries", what: "ldap_search_entries_total", colour: "--violet" },
    { label: "connections", what: "ldap_connections_total", colour: "--warn" },
  ],
  bytes: [
    { label: "from clients", what: 'ldap_bytes_total{from="client"}', colour: "--ldap" },
    { label: "from servers", what: 'ldap_bytes_total{from="server"}', colour: "--violet" },
  ],
  outcomes: {
    title: "Answers by result class",
    lines: LDAP_RESULTS.map(({ title, values }, i) => ({
      label: title,
      what: values.map((value) => `ldap_responses_total{class="${value}"}`).join(" + "),
      colour: ["--good", "--bad", "--warn", "--violet", "--muted"][i] ?? "--muted",
    })),
  },
  table: {
    title: "Operations and results",
    rowTitle: "operation",
    rows: [...LDAP_OPERATIONS, "abandon", "unbind"],
    rare: ["unknown"],
    results: LDAP_RESULTS,
    total: (op) => `ldap_requests_total{op="${op}"}`,
    result: (op, value) => `ldap_responses_total{op="${op}",class="${value}"}`,
    latency: (op) => `ldap_operation_duration_us{op="${op}"}`,
  },
  latencies: [
    { label: "all operations", what: "ldap_request_duration_us" },
    ...["search", ...LDAP_OPERATIONS.filter((op) => op !== "search")].map((op) => ({
      label: op,
      what: `ldap_operation_duration_us{op="${op}"}`,
    })),
  ],
  anomalies: "ldap_anomalies_total",
  receipts: { title: "Last operations received", rows: 12 },
};

/** In the order in which they are shown. */
export const DEFINITIONS: readonly Definition[] = [SMTP, LDAP];
