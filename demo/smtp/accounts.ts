import { HISTOGRAM_PRECISION, sameNamed, type Account } from "../compare.ts";
import { BOOK_PREFIX } from "./server/book.ts";

const account = sameNamed("smtp", BOOK_PREFIX, "server");

/** What the filter and the mail server both keep. */
export const SMTP_ACCOUNTS: readonly Account[] = [
  account("sessions", "sessions_total"),
  account("open", "sessions_active"),
  account("ended by", "session_ends_total", ["reason"]),
  account("commands", "commands_total", ["verb"]),
  account("replies", "replies_total", ["verb", "class"]),
  account("reply codes", "reply_codes_total", ["code"]),
  account("started", "transactions_started_total"),
  account("transactions", "transactions_total", ["outcome"]),
  account("refused at", "transaction_rejections_total", ["stage", "class"]),
  account("aborted by", "transaction_aborts_total", ["cause"]),
  account("recipients", "recipients_total", ["outcome"]),
  account("null senders", "null_senders_total"),
  account("messages", "messages_total", ["mode"]),
  account("measured", "message_bytes_count"),
  { ...account("message bytes", "message_bytes_sum"), tolerance: HISTOGRAM_PRECISION },
  {
    ...account("clear bytes", "clear_bytes_total", ["from"]),
    filter: [{ name: "smtp_bytes_total" }, { name: "smtp_opaque_bytes_total", sign: -1 }],
  },
  {
    ...account("TLS upgrades", "tls_upgrades_total"),
    filter: [{ name: "smtp_opaque_sessions_total", where: { cause: "starttls" } }],
  },
];
