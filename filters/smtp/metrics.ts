import { Counter, CounterFamily, Gauge, Histogram, HistogramFamily, LazyCounterFamily } from "../../assembly";
import { Stats, Verbosity } from "../../assembly";
import { withoutFirst } from "../shared/labels";
import { ends, family, MAX_CODE_PAIRS, NEVER } from "../shared/metrics";
import { FROM } from "../shared/session/peers";
import {
  ABORT_CAUSES,
  AUTH_RESULTS,
  CAPS,
  CODES,
  DIALECTS,
  END_REASONS,
  enhancedStatuses,
  GREETINGS,
  KEPT,
  MESSAGE_MODES,
  OPAQUE_CAUSES,
  OUTCOMES,
  PROXY_VERSIONS,
  RECIPIENT_OUTCOMES,
  REFUSALS,
  STAGES,
  STATUS_CLASSES,
  STATUS_SUBJECTS,
  TIMED_VERBS,
  TLS_EVENTS,
  UNSOLICITED,
  YES_NO,
} from "./labels";
import { ANOMALIES } from "./session/anomalies";
import { Cap } from "./session/observer";
import { EXTENSIONS } from "./wire/extensions";
import { MECHANISMS } from "../shared/wire/mechanisms";
import { CLASSES } from "./wire/replies";
import { VERBS } from "./wire/verbs";

/** Statuses that can be told apart are a fixed list; each may be defined. */
const MAX_STATUSES: i32 = 244;

/**
 * All metrics of a configuration; docs/smtp.md says what each means. What ends
 * something is flushed last (`ends`), so that started >= ended holds at every scrape.
 */
export class SmtpMetrics {
  readonly sessions: Counter;
  readonly sessionsActive: Gauge;
  readonly sessionEnds: CounterFamily;
  readonly sessionDialects: CounterFamily;
  readonly opaqueSessions: CounterFamily;
  readonly greetings: CounterFamily;
  readonly bytes: CounterFamily;
  readonly opaqueBytes: CounterFamily;

  readonly commands: CounterFamily;
  readonly replies: CounterFamily;
  readonly commandsUnanswered: CounterFamily;
  readonly repliesUnsolicited: CounterFamily;
  readonly replyCodes: CounterFamily;
  readonly commandReplyCodes: LazyCounterFamily;
  readonly enhancedCodes: CounterFamily;
  readonly enhancedStatuses: LazyCounterFamily;
  readonly commandDuration: HistogramFamily;
  readonly commandService: Histogram;
  readonly slowCommands: CounterFamily;
  readonly pipelineDepth: Histogram;

  readonly transactionsStarted: Counter;
  readonly transactionsActive: Gauge;
  readonly transactions: CounterFamily;
  readonly transactionRejections: CounterFamily;
  readonly transactionAborts: CounterFamily;
  readonly transactionDuration: Histogram;
  readonly dataDuration: Histogram;
  readonly commitDuration: Histogram;
  readonly transactionRecipients: Histogram;
  readonly sessionTransactions: Histogram;
  readonly sessionDuration: Histogram;
  readonly recipients: CounterFamily;
  readonly deliveries: CounterFamily;

  readonly messages: CounterFamily;
  readonly messageBytes: Histogram;
  readonly messageWireBytes: Histogram;
  readonly messageChunks: Histogram;
  readonly nullSenders: Counter;
  readonly emptyMessages: Counter;
  readonly sizeDeclarations: CounterFamily;

  readonly authAttempts: CounterFamily;
  readonly authResults: CounterFamily;
  readonly authMechanismResults: CounterFamily;
  readonly authCleartext: Counter;
  readonly tls: CounterFamily;
  readonly cleartextMessages: CounterFamily;
  readonly extensionsOffered: CounterFamily;
  readonly extensionsUsed: CounterFamily;
  readonly proxyPreambles: CounterFamily;

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
    this.sessionDialects = ends(stats, "session_dialects_total", low, "dialect", DIALECTS);
    this.opaqueSessions = family(stats, "opaque_sessions_total", low, "cause", OPAQUE_CAUSES);
    this.greetings = ends(stats, "greetings_total", low, "class", GREETINGS);
    this.bytes = family(stats, "bytes_total", low, "from", FROM);
    this.opaqueBytes = ends(stats, "opaque_bytes_total", low, "from", FROM);

    this.commands = family(stats, "commands_total", low, "verb", withoutFirst(VERBS));
    this.replies = stats
      .counterFamily("replies_total", low)
      .label("verb", VERBS)
      .label("class", CLASSES)
      .ends()
      .define();
    this.commandsUnanswered = ends(stats, "commands_unanswered_total", low, "verb", VERBS);
    this.repliesUnsolicited = family(stats, "replies_unsolicited_total", low, "code", UNSOLICITED);
    this.replyCodes = family(stats, "reply_codes_total", standard, "code", CODES);
    this.commandReplyCodes = stats
      .counterFamily("command_reply_codes_total", high)
      .label("verb", VERBS)
      .label("code", CODES)
      .lazily(MAX_CODE_PAIRS);
    this.enhancedCodes = stats
      .counterFamily("enhanced_codes_total", standard)
      .label("class", STATUS_CLASSES)
      .label("subject", STATUS_SUBJECTS)
      .define();
    this.enhancedStatuses = stats
      .counterFamily("enhanced_statuses_total", high)
      .label("status", stats.shows(high) ? enhancedStatuses() : UNSOLICITED)
      .lazily(MAX_STATUSES);
    this.commandDuration = stats
      .histogramFamily("command_duration_us", standard)
      .label("verb", TIMED_VERBS)
      .define();
    this.commandService = stats.histogram("command_service_us", high);
    this.slowCommands = family(stats, "slow_commands_total", hasThresholds ? low : NEVER, "verb", VERBS);
    this.pipelineDepth = stats.histogram("pipeline_depth", standard);

    this.transactionsStarted = stats.counter("transactions_started_total", low);
    this.transactionsActive = stats.gauge("transactions_active", low);
    this.transactions = ends(stats, "transactions_total", low, "outcome", OUTCOMES);
    this.transactionRejections = stats
      .counterFamily("transaction_rejections_total", low)
      .label("stage", STAGES)
      .label("class", REFUSALS)
      .ends()
      .define();
    this.transactionAborts = ends(stats, "transaction_aborts_total", low, "cause", ABORT_CAUSES);
    this.transactionDuration = stats.histogram("transaction_duration_us", standard);
    this.dataDuration = stats.histogram("data_duration_us", standard);
    this.commitDuration = stats.histogram("commit_duration_us", low);
    this.transactionRecipients = stats.histogram("transaction_recipients", standard);
    this.sessionTransactions = stats.histogram("session_transactions", standard);
    this.sessionDuration = stats.histogram("session_duration_us", standard);
    this.recipients = ends(stats, "recipients_total", low, "outcome", RECIPIENT_OUTCOMES);
    this.deliveries = ends(stats, "deliveries_total", low, "class", CLASSES);

    this.messages = family(stats, "messages_total", low, "mode", MESSAGE_MODES);
    this.messageBytes = stats.histogram("message_bytes", standard);
    this.messageWireBytes = stats.histogram("message_wire_bytes", high);
    this.messageChunks = stats.histogram("message_chunks", high);
    this.nullSenders = stats.counter("null_senders_total", standard);
    this.emptyMessages = stats.counter("empty_messages_total", standard);
    this.sizeDeclarations = family(stats, "size_declarations_total", high, "kept", KEPT);

    this.authAttempts = family(stats, "auth_attempts_total", low, "mechanism", MECHANISMS);
    this.authResults = ends(stats, "auth_results_total", low, "result", AUTH_RESULTS);
    this.authMechanismResults = stats
      .counterFamily("auth_mechanism_results_total", high)
      .label("mechanism", MECHANISMS)
      .label("result", AUTH_RESULTS)
      .ends()
      .define();
    this.authCleartext = stats.counter("auth_cleartext_total", low);
    this.tls = family(stats, "tls_total", low, "event", TLS_EVENTS);
    this.cleartextMessages = family(stats, "cleartext_messages_total", standard, "starttls_offered", YES_NO);
    this.extensionsOffered = family(stats, "extensions_offered_total", high, "extension", EXTENSIONS);
    this.extensionsUsed = family(stats, "extensions_used_total", high, "extension", EXTENSIONS);
    this.proxyPreambles = family(stats, "proxy_preambles_total", low, "version", PROXY_VERSIONS);

    this.anomalies = family(stats, "anomalies_total", low, "kind", ANOMALIES);
    this.limitsReached = family(stats, "limits_reached_total", low, "cap", CAPS);
    stats.onLimit = this.limitsReached.at(Cap.metrics);
  }
}
