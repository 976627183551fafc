import { Histogram } from "prom-client";
import { BYTE_BUCKETS } from "../../../host/envoy/stats-config.ts";
import { Accounts } from "../../books.ts";

/** What the names of the server's own metrics start with. */
export const BOOK_PREFIX = "mailserver_";

/** How a transaction ended, in the words of the filter's metrics. */
export type Ending =
  | { readonly outcome: "committed" }
  | { readonly outcome: "rejected"; readonly stage: "rcpt" | "data" | "eod"; readonly class: ReplyClass }
  | { readonly outcome: "aborted"; readonly cause: "rset" | "hello" | "quit" | "client_close" | "starttls" };

/** The first digit of a reply, as a label. */
export type ReplyClass = "2xx" | "3xx" | "4xx" | "5xx" | "other";

/** The class of a reply code. */
export function replyClass(code: number): ReplyClass {
  if (code >= 200 && code < 300) return "2xx";
  if (code >= 300 && code < 400) return "3xx";
  if (code >= 400 && code < 500) return "4xx";
  return code >= 500 && code < 600 ? "5xx" : "other";
}

/**
 * The mail server's book: what it did, counted by itself with prom-client. Labels are named as the filter's, so
 * that the two can be laid side by side.
 */
export class Book extends Accounts {
  readonly sessions = this.counter("sessions_total", "connections accepted");
  readonly active = this.gauge("sessions_active", "connections open now");
  readonly sessionEnds = this.counter("session_ends_total", "connections closed", ["reason"]);
  readonly tlsUpgrades = this.counter("tls_upgrades_total", "sessions whose STARTTLS was accepted");
  readonly commands = this.counter("commands_total", "commands taken", ["verb"]);
  readonly replies = this.counter("replies_total", "replies sent, by what they answer", ["verb", "class"]);
  readonly replyCodes = this.counter("reply_codes_total", "replies sent, by code", ["code"]);
  readonly started = this.counter("transactions_started_total", "senders accepted");
  readonly transactions = this.counter("transactions_total", "transactions ended", ["outcome"]);
  readonly rejections = this.counter("transaction_rejections_total", "refused", ["stage", "class"]);
  readonly aborts = this.counter("transaction_aborts_total", "given up by the client", ["cause"]);
  readonly recipients = this.counter("recipients_total", "recipients asked for", ["outcome"]);
  readonly messages = this.counter("messages_total", "messages received to their end", ["mode"]);
  readonly nullSenders = this.counter("null_senders_total", "accepted senders that were <>");
  readonly clearBytes = this.counter("clear_bytes_total", "bytes outside TLS", ["from"]);
  readonly messageBytes = new Histogram({
    name: `${BOOK_PREFIX}message_bytes`,
    help: "size of the messages received",
    buckets: [...BYTE_BUCKETS],
    registers: [this.registry],
  });

  constructor() {
    super(BOOK_PREFIX);
  }

  /** Enters the end of a transaction. */
  ended(ending: Ending): void {
    this.transactions.inc({ outcome: ending.outcome });
    if (ending.outcome === "rejected") this.rejections.inc({ stage: ending.stage, class: ending.class });
    if (ending.outcome === "aborted") this.aborts.inc({ cause: ending.cause });
  }
}
