import { Histogram, parseMetricName, type Stat, type StatStore } from "../../host/index.ts";

/** What else has to be true of all sessions together once they are closed, beside the invariants of the design. */
export class Balance {
  private readonly stats: StatStore;
  private known = -1;
  private readonly groups = new Map<string, Stat[]>();

  constructor(stats: StatStore) {
    this.stats = stats;
  }

  /** What does not hold, in words. `sent`: bytes that the peers have sent in all. */
  violations(sent: { readonly client: number; readonly server: number }): string[] {
    if (this.known !== this.stats.size) this.sort();
    const found: string[] = [];
    const equal = (name: string, left: number, right: number): void => {
      if (left !== right) found.push(`${name}: ${left} ≠ ${right}`);
    };
    const atMost = (name: string, left: number, right: number): void => {
      if (left > right) found.push(`${name}: ${left} > ${right}`);
    };
    const of = (metric: string, label?: string): number => this.sum(metric, label);

    equal("bytes of the client", of("bytes_total", "from.client"), sent.client);
    equal("bytes of the server", of("bytes_total", "from.server"), sent.server);
    atMost("opaque bytes of the client", of("opaque_bytes_total", "from.client"), sent.client);
    atMost("opaque bytes of the server", of("opaque_bytes_total", "from.server"), sent.server);
    equal("a result per AUTH", of("auth_attempts_total"), of("auth_results_total"));
    equal(
      "an attempt per AUTH command",
      of("auth_attempts_total"),
      of("commands_total", "verb.auth") + of("commands_total", "verb.x_exps"),
    );
    equal("greetings", of("greetings_total"), of("sessions_total"));
    atMost("opaque sessions", of("opaque_sessions_total"), of("sessions_total"));
    equal(
      "a handshake per session of TLS",
      of("tls_total", "event.handshake_seen"),
      of("opaque_sessions_total", "cause.starttls") + of("opaque_sessions_total", "cause.tls_first"),
    );
    equal(
      "a request per STARTTLS",
      of("tls_total", "event.requested"),
      of("commands_total", "verb.starttls") + of("commands_total", "verb.x_anonymoustls"),
    );
    equal(
      "an answer to each STARTTLS",
      of("tls_total", "event.accepted") +
        of("tls_total", "event.refused_4xx") +
        of("tls_total", "event.refused_5xx"),
      of("replies_total", "verb.starttls") + of("replies_total", "verb.x_anonymoustls"),
    );
    equal(
      "a refusal per refused MAIL",
      of("transaction_rejections_total", "stage.mail.class.4xx"),
      of("replies_total", "verb.mail.class.4xx") + of("replies_total", "verb.send.class.4xx"),
    );
    equal(
      "a transaction per accepted MAIL",
      of("transactions_started_total"),
      of("replies_total", "verb.mail.class.2xx") + of("replies_total", "verb.send.class.2xx"),
    );
    equal(
      "an accepted recipient per accepted RCPT",
      of("recipients_total", "outcome.accepted"),
      of("replies_total", "verb.rcpt.class.2xx"),
    );
    equal(
      "an unanswered recipient per unanswered RCPT",
      of("recipients_total", "outcome.unanswered"),
      of("commands_unanswered_total", "verb.rcpt"),
    );
    atMost("a message per end of data", of("messages_total", "mode.data"), of("commands_total", "verb.eod"));
    atMost("a message per BDAT", of("messages_total", "mode.bdat"), of("commands_total", "verb.bdat"));
    atMost("a message per BURL", of("messages_total", "mode.burl"), of("commands_total", "verb.burl"));
    atMost(
      "a transaction committed per message",
      of("transactions_total", "outcome.committed") + of("transactions_total", "outcome.partial"),
      of("messages_total"),
    );
    atMost("anomalies once per session", of("anomalies_total", "kind.early_talker"), of("sessions_total"));
    equal("unknown commands", of("anomalies_total", "kind.unknown_command"), this.answeredOthers());
    this.samples(equal, atMost, of);
    return found;
  }

  /** How many samples the distributions must have; only where the verbosity has them. */
  private samples(
    equal: (name: string, left: number, right: number) => void,
    atMost: (name: string, left: number, right: number) => void,
    of: (metric: string, label?: string) => number,
  ): void {
    atMost("a commit per answered end of data", of("commit_duration_us"), of("messages_total"));
    if (this.groups.has("session_duration_us")) {
      equal("a duration per session", of("session_duration_us"), of("session_ends_total"));
      equal("transactions per session", of("session_transactions"), of("session_ends_total"));
      for (const verb of TIMED) {
        equal(`a duration per ${verb}`, of("command_duration_us", verb), of("replies_total", verb));
      }
      equal("transactions of sessions", this.total("session_transactions"), of("transactions_started_total"));
      equal("a duration per transaction", of("transaction_duration_us"), of("transactions_total"));
      equal(
        "a size per message",
        of("message_bytes"),
        of("messages_total", "mode.data") + of("messages_total", "mode.bdat"),
      );
      equal("cleartext messages", of("cleartext_messages_total") <= of("messages_total") ? 0 : 1, 0);
      atMost("a sample of recipients per message", of("transaction_recipients"), of("messages_total"));
      atMost("time for data per message", of("data_duration_us"), of("messages_total", "mode.data"));
      const replies = of("replies_total") + of("replies_unsolicited_total");
      atMost("a code per reply", replies - of("greetings_total", "class.invalid"), of("reply_codes_total"));
      atMost(
        "no code without a reply",
        of("reply_codes_total"),
        replies + of("deliveries_total") + of("reply_codes_total", "code.353"),
      );
    }
    if (this.groups.has("command_service_us")) {
      equal(
        "a service time per answered command",
        of("command_service_us"),
        of("replies_total") - of("replies_total", "verb.connect"),
      );
      equal("codes of answers", of("command_reply_codes_total"), of("replies_total"));
      equal("results by mechanism", of("auth_mechanism_results_total"), of("auth_results_total"));
      equal("declared sizes", of("size_declarations_total"), of("message_bytes"));
      equal("sizes on the wire", of("message_wire_bytes"), of("message_bytes"));
    }
  }

  /** `unknown_command` counts at most 1,000 in a session. */
  private answeredOthers(): number {
    const answered = this.sum("replies_total", "verb.other");
    const counted = this.sum("anomalies_total", "kind.unknown_command");
    return counted < answered && counted >= MAX_PER_KIND ? counted : answered;
  }

  private sum(metric: string, label?: string): number {
    const group = this.groups.get(label === undefined ? metric : `${metric}.${label}`);
    let sum = 0;
    for (const stat of group ?? [])
      sum += stat instanceof Histogram ? stat.count : Number(BigInt.asIntN(64, stat.value));
    return sum;
  }

  private total(metric: string): number {
    let sum = 0;
    for (const stat of this.groups.get(metric) ?? []) if (stat instanceof Histogram) sum += Number(stat.sum);
    return sum;
  }

  /** Groups by metric, by metric and first pair, by metric and all pairs. */
  private sort(): void {
    this.known = this.stats.size;
    this.groups.clear();
    for (const stat of this.stats.all()) {
      const { metric, labels } = parseMetricName(stat.fullName);
      const pairs = labels.map(([label, value]) => `${label}.${value}`);
      for (let i = 0; i <= pairs.length; i++) {
        const key = [metric, ...pairs.slice(0, i)].join(".");
        const group = this.groups.get(key);
        if (group === undefined) this.groups.set(key, [stat]);
        else group.push(stat);
      }
    }
  }
}

const MAX_PER_KIND = 1_000;

/** Verbs whose durations are told apart (metrics.md); a greeting that is none has no duration. */
const TIMED = "helo ehlo lhlo mail rcpt data eod bdat auth starttls rset vrfy"
  .split(" ")
  .map((verb) => `verb.${verb}`);
