import {
  Counter,
  CounterFamily,
  Gauge,
  Histogram,
  HistogramFamily,
  LazyCounterFamily,
  Stats,
  Verbosity,
} from "../../assembly";
import { withoutFirst } from "../shared/labels";
import { ends, family, MAX_CODE_PAIRS, NEVER } from "../shared/metrics";
import { FROM } from "../shared/session/peers";
import {
  CAPS,
  DELETIONS,
  END_REASONS,
  GREETINGS,
  LINED_VERBS,
  LOGIN_RESULTS,
  OPAQUE_CAUSES,
  OUTCOMES,
  PROXY_VERSIONS,
  RETRIEVALS,
  TIMED_VERBS,
  TLS_EVENTS,
  UNSOLICITED,
  YES_NO,
} from "./labels";
import { ANOMALIES } from "./session/anomalies";
import { Cap } from "./session/observer";
import { EXTENSIONS } from "./wire/extensions";
import { LOGINS } from "./wire/logins";
import { CODES, STATUSES } from "./wire/replies";
import { VERBS } from "./wire/verbs";

/** Every metric of the filter, declared once (docs/pop3.md). */
@final
export class Pop3Metrics {
  readonly sessions: Counter;
  readonly sessionsActive: Gauge;
  readonly sessionEnds: CounterFamily;
  readonly sessionOutcomes: CounterFamily;
  readonly opaqueSessions: CounterFamily;
  readonly greetings: CounterFamily;
  readonly bytes: CounterFamily;
  readonly opaqueBytes: CounterFamily;
  readonly proxyPreambles: CounterFamily;
  readonly sessionDuration: Histogram;
  readonly sessionRetrievals: Histogram;

  readonly commands: CounterFamily;
  readonly replies: CounterFamily;
  readonly commandsUnanswered: CounterFamily;
  readonly repliesUnsolicited: CounterFamily;
  readonly errorCodes: CounterFamily;
  readonly commandErrorCodes: LazyCounterFamily;
  readonly commandDuration: HistogramFamily;
  readonly commandService: Histogram;
  readonly slowCommands: CounterFamily;
  readonly pipelineDepth: Histogram;

  readonly authAttempts: CounterFamily;
  readonly authResults: CounterFamily;
  readonly authMechanismResults: CounterFamily;
  readonly authCleartext: Counter;
  readonly tls: CounterFamily;
  readonly extensionsOffered: CounterFamily;

  readonly retrievals: CounterFamily;
  readonly retrievalDuration: Histogram;
  readonly messageBytes: Histogram;
  readonly messageWireBytes: Histogram;
  readonly cleartextMessages: CounterFamily;
  readonly responseBytes: CounterFamily;
  readonly maildropMessages: Histogram;
  readonly maildropBytes: Histogram;
  readonly deletionsStarted: Counter;
  readonly deletionsPending: Gauge;
  readonly deletions: CounterFamily;

  readonly anomalies: CounterFamily;
  readonly limitsReached: CounterFamily;

  /** `hasThresholds`: slow commands are to be counted. */
  constructor(stats: Stats, hasThresholds: bool) {
    const low = Verbosity.low;
    const standard = Verbosity.standard;
    const high = Verbosity.high;

    this.sessions = stats.counter("sessions_total", low);
    this.sessionsActive = stats.gauge("sessions_active", low);
    this.sessionEnds = ends(stats, "session_ends_total", low, "reason", END_REASONS);
    this.sessionOutcomes = ends(stats, "session_outcomes_total", low, "outcome", OUTCOMES);
    this.opaqueSessions = family(stats, "opaque_sessions_total", low, "cause", OPAQUE_CAUSES);
    this.greetings = ends(stats, "greetings_total", low, "class", GREETINGS);
    this.bytes = family(stats, "bytes_total", low, "from", FROM);
    this.opaqueBytes = ends(stats, "opaque_bytes_total", low, "from", FROM);
    this.proxyPreambles = family(stats, "proxy_preambles_total", low, "version", PROXY_VERSIONS);
    this.sessionDuration = stats.histogram("session_duration_us", standard);
    this.sessionRetrievals = stats.histogram("session_retrievals", standard);

    this.commands = family(stats, "commands_total", low, "verb", withoutFirst(VERBS));
    this.replies = stats
      .counterFamily("replies_total", low)
      .label("verb", VERBS)
      .label("class", STATUSES)
      .ends()
      .define();
    this.commandsUnanswered = ends(stats, "commands_unanswered_total", low, "verb", VERBS);
    this.repliesUnsolicited = family(stats, "replies_unsolicited_total", low, "class", UNSOLICITED);
    this.errorCodes = family(stats, "error_codes_total", standard, "code", CODES);
    this.commandErrorCodes = stats
      .counterFamily("command_error_codes_total", high)
      .label("verb", VERBS)
      .label("code", CODES)
      .lazily(MAX_CODE_PAIRS);
    this.commandDuration = stats
      .histogramFamily("command_duration_us", standard)
      .label("verb", TIMED_VERBS)
      .define();
    this.commandService = stats.histogram("command_service_us", high);
    this.slowCommands = family(stats, "slow_commands_total", hasThresholds ? low : NEVER, "verb", VERBS);
    this.pipelineDepth = stats.histogram("pipeline_depth", standard);

    this.authAttempts = family(stats, "auth_attempts_total", low, "mechanism", LOGINS);
    this.authResults = ends(stats, "auth_results_total", low, "result", LOGIN_RESULTS);
    this.authMechanismResults = stats
      .counterFamily("auth_mechanism_results_total", high)
      .label("mechanism", LOGINS)
      .label("result", LOGIN_RESULTS)
      .ends()
      .define();
    this.authCleartext = stats.counter("auth_cleartext_total", low);
    this.tls = family(stats, "tls_total", low, "event", TLS_EVENTS);
    this.extensionsOffered = family(stats, "extensions_offered_total", high, "extension", EXTENSIONS);

    this.retrievals = ends(stats, "retrievals_total", low, "outcome", RETRIEVALS);
    this.retrievalDuration = stats.histogram("retrieval_duration_us", low);
    this.messageBytes = stats.histogram("message_bytes", standard);
    this.messageWireBytes = stats.histogram("message_wire_bytes", high);
    this.cleartextMessages = family(stats, "cleartext_messages_total", standard, "starttls_offered", YES_NO);
    this.responseBytes = ends(stats, "response_bytes_total", low, "verb", LINED_VERBS);
    this.maildropMessages = stats.histogram("maildrop_messages", standard);
    this.maildropBytes = stats.histogram("maildrop_bytes", standard);
    this.deletionsStarted = stats.counter("deletions_started_total", low);
    this.deletionsPending = stats.gauge("deletions_pending", low);
    this.deletions = ends(stats, "deletions_total", low, "outcome", DELETIONS);

    this.anomalies = family(stats, "anomalies_total", low, "kind", ANOMALIES);
    this.limitsReached = family(stats, "limits_reached_total", low, "cap", CAPS);
    stats.onLimit = this.limitsReached.at(Cap.metrics);
  }
}
