import { Counter, CounterFamily, Gauge, Histogram, HistogramFamily, LazyCounterFamily } from "../../assembly";
import { Stats, Verbosity } from "../../assembly";
import { ends, family, MAX_CODE_PAIRS, NEVER } from "../shared/metrics";
import { FROM } from "../shared/session/peers";
import {
  BIND_RESULTS,
  CAPS,
  CLEARTEXTS,
  CODES,
  END_REASONS,
  FEW_CONTROLS,
  INTERMEDIATES,
  METHODS,
  OPAQUE_CAUSES,
  OUTCOMES,
  PROTECTIONS,
  PROXY_VERSIONS,
  REFERRALS,
  STARTTLS_EVENTS,
  TRAITS,
  UNMATCHED,
} from "./labels";
import { Cap } from "./session/observer";
import { AD_REASONS } from "./wire/adreasons";
import { ANOMALIES } from "./wire/anomalies";
import { CONTROLS } from "./wire/controlnames";
import { EXTENDED_NAMES, NOTICES } from "./wire/extendednames";
import { MECHANISMS } from "./wire/mechanisms";
import { SCOPES, SHAPES } from "./wire/message";
import { OPERATIONS } from "./wire/operations";
import { RESULT_CLASSES } from "./wire/results";

/**
 * All metrics of a configuration; docs/ldap.md says what each means. What ends something is flushed last (`ends`), so
 * that started >= ended holds at every scrape.
 */
export class LdapMetrics {
  readonly connections: Counter;
  readonly connectionsActive: Gauge;
  readonly connectionEnds: CounterFamily;
  readonly opaqueConnections: CounterFamily;
  readonly bytes: CounterFamily;
  readonly opaqueBytes: CounterFamily;
  readonly messages: CounterFamily;
  readonly messageBytes: HistogramFamily;

  readonly requests: CounterFamily;
  readonly responses: CounterFamily;
  readonly resultCodes: CounterFamily;
  readonly operationResultCodes: LazyCounterFamily;
  readonly operationsActive: Gauge;
  readonly persistentOperationsActive: Gauge;
  readonly operations: CounterFamily;
  readonly requestDuration: Histogram;
  readonly operationDuration: HistogramFamily;
  readonly slowOperations: CounterFamily;

  readonly searchFirstEntry: Histogram;
  readonly bindExchange: Histogram;
  readonly searchEntries: Counter;
  readonly searchReferences: Counter;
  readonly entriesPerSearch: Histogram;
  readonly responseBytesPerSearch: Histogram;
  readonly searches: CounterFamily;
  readonly searchFilters: CounterFamily;
  readonly searchTraits: CounterFamily;
  readonly searchFilterDepth: Histogram;
  readonly searchFilterNodes: Histogram;
  readonly searchAttributes: Histogram;
  readonly pageSize: Histogram;

  readonly binds: CounterFamily;
  readonly bindResults: CounterFamily;
  readonly bindMethodResults: CounterFamily;
  readonly bindMechanisms: CounterFamily;
  readonly bindAdReasons: CounterFamily;
  readonly cleartextBinds: CounterFamily;
  readonly startTls: CounterFamily;
  readonly saslBuffers: CounterFamily;

  readonly extended: CounterFamily;
  readonly controls: CounterFamily;
  readonly criticalControls: Counter;
  readonly referrals: CounterFamily;
  readonly intermediateResponses: CounterFamily;
  readonly proxyPreambles: CounterFamily;
  readonly unsolicited: CounterFamily;
  readonly responsesUnmatched: CounterFamily;
  readonly anomalies: CounterFamily;
  readonly limitsReached: CounterFamily;

  /** Whether every control has a name of its own. */
  readonly tellsAllControls: bool;
  /** Whether anything looks at the filters of searches in detail. */
  readonly showsDetail: bool;
  /** Whether the time from a search to its first entry is shown. */
  readonly timesFirstEntries: bool;

  /** `hasThresholds`: slow operations are to be counted. */
  constructor(stats: Stats, hasThresholds: bool) {
    const low = Verbosity.low;
    const standard = Verbosity.standard;
    const high = Verbosity.high;
    this.tellsAllControls = stats.shows(high);
    this.showsDetail = stats.shows(standard);
    this.timesFirstEntries = stats.shows(high);

    this.connections = stats.counter("connections_total", low);
    this.connectionsActive = stats.gauge("connections_active", low);
    this.connectionEnds = ends(stats, "connection_ends_total", low, "reason", END_REASONS);
    this.opaqueConnections = family(stats, "opaque_connections_total", low, "cause", OPAQUE_CAUSES);
    this.bytes = family(stats, "bytes_total", low, "from", FROM);
    this.opaqueBytes = ends(stats, "opaque_bytes_total", low, "from", FROM);
    this.messages = family(stats, "messages_total", low, "from", FROM);
    this.messageBytes = stats.histogramFamily("message_bytes", standard).label("from", FROM).define();

    this.requests = family(stats, "requests_total", low, "op", OPERATIONS);
    this.responses = stats
      .counterFamily("responses_total", low)
      .label("op", OPERATIONS)
      .label("class", RESULT_CLASSES)
      .ends()
      .define();
    this.resultCodes = ends(stats, "result_codes_total", standard, "code", CODES);
    this.operationResultCodes = stats
      .counterFamily("operation_result_codes_total", high)
      .label("op", OPERATIONS)
      .label("code", CODES)
      .ends()
      .lazily(MAX_CODE_PAIRS);
    this.operationsActive = stats.gauge("operations_active", low);
    this.persistentOperationsActive = stats.gauge("persistent_operations_active", standard);
    this.operations = ends(stats, "operations_total", low, "outcome", OUTCOMES);
    this.requestDuration = stats.histogram("request_duration_us", low);
    this.operationDuration = stats
      .histogramFamily("operation_duration_us", standard)
      .label("op", OPERATIONS)
      .define();
    this.slowOperations = family(
      stats,
      "slow_operations_total",
      hasThresholds ? low : NEVER,
      "op",
      OPERATIONS,
    );

    this.searchFirstEntry = stats.histogram("search_first_entry_us", high);
    this.bindExchange = stats.histogram("bind_exchange_us", standard);
    this.searchEntries = stats.counter("search_entries_total", low);
    this.searchReferences = stats.counter("search_references_total", low);
    this.entriesPerSearch = stats.histogram("entries_per_search", standard);
    this.responseBytesPerSearch = stats.histogram("response_bytes_per_search", standard);
    this.searches = family(stats, "searches_total", standard, "scope", SCOPES);
    this.searchFilters = family(stats, "search_filters_total", standard, "shape", SHAPES);
    this.searchTraits = family(stats, "search_traits_total", standard, "trait", TRAITS);
    this.searchFilterDepth = stats.histogram("search_filter_depth", high);
    this.searchFilterNodes = stats.histogram("search_filter_nodes", high);
    this.searchAttributes = stats.histogram("search_attributes", high);
    this.pageSize = stats.histogram("page_size", high);

    this.binds = family(stats, "binds_total", low, "method", METHODS);
    this.bindResults = ends(stats, "bind_results_total", low, "result", BIND_RESULTS);
    this.bindMethodResults = stats
      .counterFamily("bind_method_results_total", high)
      .label("method", METHODS)
      .label("result", BIND_RESULTS)
      .ends()
      .define();
    this.bindMechanisms = family(stats, "bind_mechanisms_total", standard, "mechanism", MECHANISMS);
    this.bindAdReasons = family(stats, "bind_ad_reasons_total", standard, "reason", AD_REASONS);
    this.cleartextBinds = family(stats, "cleartext_binds_total", low, "method", CLEARTEXTS);
    this.startTls = family(stats, "starttls_total", low, "event", STARTTLS_EVENTS);
    this.saslBuffers = stats
      .counterFamily("sasl_buffers_total", standard)
      .label("protection", PROTECTIONS)
      .label("from", FROM)
      .define();

    this.extended = family(stats, "extended_total", standard, "name", EXTENDED_NAMES);
    this.controls = stats
      .counterFamily("controls_total", standard)
      .label("control", stats.shows(high) ? CONTROLS : FEW_CONTROLS)
      .label("from", FROM)
      .define();
    this.criticalControls = stats.counter("critical_controls_total", high);
    this.referrals = family(stats, "referrals_total", low, "kind", REFERRALS);
    this.intermediateResponses = family(
      stats,
      "intermediate_responses_total",
      standard,
      "name",
      INTERMEDIATES,
    );
    this.proxyPreambles = family(stats, "proxy_preambles_total", low, "version", PROXY_VERSIONS);
    this.unsolicited = family(stats, "unsolicited_total", low, "kind", NOTICES);
    this.responsesUnmatched = family(stats, "responses_unmatched_total", low, "kind", UNMATCHED);
    this.anomalies = family(stats, "anomalies_total", low, "kind", ANOMALIES);
    this.limitsReached = family(stats, "limits_reached_total", low, "cap", CAPS);
    stats.onLimit = this.limitsReached.at(Cap.metrics);
  }
}
