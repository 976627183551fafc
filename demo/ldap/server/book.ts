import { Histogram } from "prom-client";
import { COUNT_BUCKETS } from "../../../host/envoy/stats-config.ts";
import { Accounts } from "../../books.ts";

/** What the names of the server's own metrics start with. */
export const BOOK_PREFIX = "directory_";

/**
 * The directory server's book: what it read and wrote, counted by itself with prom-client. Labels are named as the
 * filter's, so that the two can be laid side by side.
 */
export class DirectoryBook extends Accounts {
  readonly connections = this.counter("connections_total", "connections accepted");
  readonly active = this.gauge("connections_active", "connections open now");
  readonly connectionEnds = this.counter("connection_ends_total", "connections closed", ["reason"]);
  readonly unreadable = this.counter("unreadable_total", "connections that do not begin with LDAP");
  readonly messages = this.counter("messages_total", "messages", ["from"]);
  readonly clearBytes = this.counter("clear_bytes_total", "bytes of connections that were read", ["from"]);
  readonly requests = this.counter("requests_total", "requests read", ["op"]);
  readonly responses = this.counter("responses_total", "operations answered", ["op", "class"]);
  readonly resultCodes = this.counter("result_codes_total", "operations answered, by code", ["code"]);
  readonly operations = this.counter("operations_total", "what operations came to", ["outcome"]);
  readonly operationsActive = this.gauge("operations_active", "operations that are worked on");
  readonly late = this.counter("late_responses_total", "messages of operations that were given up");
  readonly entries = this.counter("search_entries_total", "entries sent");
  readonly references = this.counter("search_references_total", "references sent");
  readonly searches = this.counter("searches_total", "searches", ["scope"]);
  readonly filters = this.counter("search_filters_total", "searches by their filter", ["shape"]);
  readonly traits = this.counter("search_traits_total", "what is to say about searches", ["trait"]);
  readonly binds = this.counter("binds_total", "binds", ["method"]);
  readonly bindResults = this.counter("bind_results_total", "what binds came to", ["result"]);
  readonly cleartextBinds = this.counter("cleartext_binds_total", "passwords in clear", ["method"]);
  readonly startTls = this.counter("starttls_total", "StartTLS", ["event"]);
  readonly extended = this.counter("extended_total", "extended operations", ["name"]);
  readonly controls = this.counter("controls_total", "controls", ["control", "from"]);
  readonly referrals = this.counter("referrals_total", "referrals", ["kind"]);
  readonly entriesPerSearch = new Histogram({
    name: `${BOOK_PREFIX}entries_per_search`,
    help: "entries of the searches answered",
    buckets: [...COUNT_BUCKETS],
    registers: [this.registry],
  });

  constructor() {
    super(BOOK_PREFIX);
  }
}
