import { sameNamed, type Account } from "../compare.ts";
import { CLIENTS_PREFIX } from "./clients/book.ts";
import { BOOK_PREFIX } from "./server/book.ts";

const account = sameNamed("ldap", BOOK_PREFIX, "server");
const clientsAccount = sameNamed("ldap", CLIENTS_PREFIX, "clients");

/** What the filter and the directory server, or the clients, both keep. */
export const LDAP_ACCOUNTS: readonly Account[] = [
  account("connections", "connections_total"),
  account("open", "connections_active"),
  account("ended by", "connection_ends_total", ["reason"]),
  account("messages", "messages_total", ["from"]),
  account("requests", "requests_total", ["op"]),
  account("responses", "responses_total", ["op", "class"]),
  account("result codes", "result_codes_total", ["code"]),
  outcome(account, "answered"),
  outcome(account, "dropped_by_bind"),
  outcome(account, "unanswered"),
  outcome(clientsAccount, "abandoned"),
  account("outstanding", "operations_active"),
  {
    ...account("measured", "operations_total"),
    filter: [{ name: "ldap_request_duration_us_count" }],
    book: [{ name: `${BOOK_PREFIX}operations_total`, where: { outcome: "answered" } }],
  },
  {
    ...account("late", "late_responses_total"),
    filter: [{ name: "ldap_responses_unmatched_total" }],
  },
  account("entries", "search_entries_total"),
  account("references", "search_references_total"),
  account("searched", "entries_per_search_count"),
  account("scope", "searches_total", ["scope"]),
  account("filter", "search_filters_total", ["shape"]),
  account("trait", "search_traits_total", ["trait"]),
  account("binds", "binds_total", ["method"]),
  account("bind results", "bind_results_total", ["result"]),
  account("clear passwords", "cleartext_binds_total", ["method"]),
  account("StartTLS", "starttls_total", ["event"]),
  account("extended", "extended_total", ["name"]),
  account("controls", "controls_total", ["control", "from"]),
  account("referrals", "referrals_total", ["kind"]),
  clientsAccount("anomalies", "anomalies_total", ["kind"]),
  {
    ...account("unreadable", "unreadable_total"),
    filter: [{ name: "ldap_opaque_connections_total" }],
  },
  {
    ...account("clear bytes", "clear_bytes_total", ["from"]),
    filter: [{ name: "ldap_bytes_total" }, { name: "ldap_opaque_bytes_total", sign: -1 }],
  },
];

/** What became of operations: one outcome of them. */
function outcome(keep: typeof account, name: string): Account {
  const whole = keep(name.replaceAll("_", " "), "operations_total");
  const only = { outcome: name };
  return {
    ...whole,
    filter: whole.filter.map((term) => ({ ...term, where: only })),
    book: whole.book.map((term) => ({ ...term, where: only })),
  };
}
