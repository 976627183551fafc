import type { Statement } from "../../host/testing/invariants.ts";

/** Operations that expect a response. */
const ANSWERED = ["bind", "search", "modify", "add", "delete", "moddn", "compare", "extended", "unknown"];

/** A request that no memory was left for counts as a request, and nothing of what is in it is looked at. */
const STARVED = "limits_reached_total{cap=memory}";

/** A request from a server is told as an anomaly only, and of those at most 1,000 per connection. */
const REVERSED = "anomalies_total{kind=request_from_server}";

/** What servers send is one of these. */
const TOLD =
  "search_entries_total + search_references_total + intermediate_responses_total + responses_total + unsolicited_total";

const CONNECTIONS: readonly Statement[] = [
  ["no filter errors", "filter_errors_total = 0"],
  ["connections end once", "connections_total = connection_ends_total + connections_active"],
  ["no connection stays active", "connections_active -> 0"],
  ["opaque once", "connections_total >= opaque_connections_total"],
  ["opaque bytes are bytes of the client", "bytes_total{from=client} >= opaque_bytes_total{from=client}"],
  ["opaque bytes are bytes of the server", "bytes_total{from=server} >= opaque_bytes_total{from=server}"],
  ["the client's messages are bytes", "bytes_total{from=client} >= message_bytes:sum{from=client}"],
  ["the server's messages are bytes", "bytes_total{from=server} >= message_bytes:sum{from=server}"],
  ["a size per message of the client", "messages_total{from=client} = message_bytes{from=client}"],
  ["a size per message of the server", "messages_total{from=server} = message_bytes{from=server}"],
  ["ends by Unbind", "requests_total{op=unbind} >= connection_ends_total{reason=unbind}"],
  ["ends by notice", "unsolicited_total{kind=disconnect} >= connection_ends_total{reason=notice}"],
  ["preambles", "connections_total >= proxy_preambles_total"],
];

const OPERATIONS: readonly Statement[] = [
  ["a request per message of the client", "messages_total{from=client} = requests_total"],
  ["what servers send, at least", `messages_total{from=server} >= ${TOLD}`],
  [
    "what servers send, at most",
    `${TOLD} + responses_unmatched_total >= messages_total{from=server}`,
    REVERSED,
  ],
  ["operations end once", "requests_total{op!=unbind|abandon} = operations_total + operations_active"],
  ["no operation stays active", "operations_active -> 0"],
  ["persistent ones are operations", "operations_active >= persistent_operations_active"],
  ["no persistent operation stays active", "persistent_operations_active -> 0"],
  ["a response per answered operation", "responses_total = operations_total{outcome=answered|canceled}"],
  ["a code per response", "responses_total = result_codes_total"],
  ["a code per response, by operation", "operation_result_codes_total = result_codes_total"],
  ["118 is canceled", "result_codes_total{code=118} = operations_total{outcome=canceled}"],
  ["nothing answers Unbind or Abandon", "responses_total{op=unbind|abandon} = 0"],
  ...ANSWERED.map((op): Statement => [
    `at most one response per ${op}`,
    `requests_total{op=${op}} >= responses_total{op=${op}}`,
  ]),
  ...ANSWERED.map((op): Statement => [
    `at most one duration per ${op}`,
    `responses_total{op=${op}} >= operation_duration_us{op=${op}}`,
  ]),
  ["durations of what was answered", "operations_total{outcome=answered} >= request_duration_us"],
  ["a duration by operation", "request_duration_us = operation_duration_us"],
  ["as long by operation", "request_duration_us:sum = operation_duration_us:sum"],
  ["slow ones are timed", "request_duration_us >= slow_operations_total"],
  ["abandoned by Abandon", "requests_total{op=abandon} >= operations_total{outcome=abandoned}"],
  ["evicted at the limit", "limits_reached_total{cap=operations} = operations_total{outcome=evicted}"],
  ["referrals are responses", "responses_total >= referrals_total{kind=final}"],
  ["references are continuations", "search_references_total = referrals_total{kind=continuation}"],
];

const SEARCHES: readonly Statement[] = [
  ["a scope per search", "requests_total{op=search} = searches_total", STARVED],
  ["a shape per search", "searches_total = search_filters_total"],
  ["a depth per valid filter", "search_filters_total{shape!=invalid} = search_filter_depth"],
  ["nodes per valid filter", "search_filter_depth = search_filter_nodes"],
  ["no more levels than nodes", "search_filter_nodes:sum >= search_filter_depth:sum"],
  ["attributes of searches", "searches_total >= search_attributes"],
  ["an answer has a number of entries", "responses_total{op=search} = entries_per_search"],
  ["an answer has a size", "entries_per_search = response_bytes_per_search"],
  ["entries of answered searches", "search_entries_total >= entries_per_search:sum"],
  ["bytes of answered searches", "message_bytes:sum{from=server} >= response_bytes_per_search:sum"],
  ["first entries are entries", "search_entries_total >= search_first_entry_us"],
  ["one first entry per search", "requests_total{op=search} >= search_first_entry_us"],
  ["the root DSE is at the base", "searches_total{scope=base} >= search_traits_total{trait=rootdse}"],
  [
    "suspects are below the base",
    "searches_total{scope=one|sub|subordinate} >= search_traits_total{trait=unindexed_suspect}",
  ],
  [
    "whole bases are suspects",
    "search_traits_total{trait=unindexed_suspect} >= search_traits_total{trait=whole_base}",
  ],
  [
    "continuations are paged",
    "search_traits_total{trait=paged} >= search_traits_total{trait=paged_continuation}",
  ],
  ["page sizes are of pages", "search_traits_total{trait=paged} >= page_size"],
  ["none or all attributes", "searches_total >= search_traits_total{trait=no_attributes|all_attributes}"],
  ["critical controls are controls", "controls_total >= critical_controls_total"],
];

const BINDS: readonly Statement[] = [
  ["a bind per exchange, at most", "requests_total{op=bind} >= binds_total"],
  ["a result per answered bind", "binds_total >= bind_results_total"],
  ["a result by method", "bind_results_total = bind_method_results_total"],
  ["a duration per exchange", "bind_results_total = bind_exchange_us"],
  ["a mechanism per SASL exchange", "bind_mechanisms_total >= binds_total{method=sasl}"],
  ["mechanisms are of SASL", "binds_total{method=sasl|v2} >= bind_mechanisms_total"],
  ["reasons of refusals", "bind_results_total{result=invalid_credentials} >= bind_ad_reasons_total"],
  ["passwords are in binds", "requests_total{op=bind} >= cleartext_binds_total"],
  ["a name per extended operation", "requests_total{op=extended} = extended_total", STARVED],
  ["StartTLS by name", "starttls_total{event=requested} = extended_total{name=starttls}"],
  ["StartTLS is answered once", "starttls_total{event=requested} >= starttls_total{event=accepted|refused}"],
  ["behind StartTLS", "starttls_total{event=requested} >= starttls_total{event=pipelined}"],
  ["in clear again", "starttls_total{event=accepted} >= starttls_total{event=continued_in_clear}"],
  ["encrypted by StartTLS", "starttls_total{event=requested} >= opaque_connections_total{cause=starttls}"],
  [
    "the first sealed buffer is the last one",
    "sasl_buffers_total{protection=sealed} = opaque_connections_total{cause=sasl_sealed}",
  ],
  [
    "the first unknown buffer is the last one",
    "sasl_buffers_total{protection=unknown} = opaque_connections_total{cause=sasl_unknown}",
  ],
];

const LIMITS: readonly Statement[] = [
  ["too big is a limit", "limits_reached_total{cap=message} = anomalies_total{kind=pdu_too_big}"],
  [
    "too deep is a limit",
    "limits_reached_total{cap=depth} >= anomalies_total{kind=filter_too_deep}",
    STARVED,
  ],
  [
    "unread at a limit",
    "limits_reached_total{cap=message|connections|memory} >= opaque_connections_total{cause=limit}",
  ],
  ["versions are of binds", "requests_total{op=bind} >= anomalies_total{kind=version_not_3}"],
];

/** metrics.md and ldap-semantics.md, as sums. */
export const LDAP: readonly Statement[] = [...CONNECTIONS, ...OPERATIONS, ...SEARCHES, ...BINDS, ...LIMITS];
