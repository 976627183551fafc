// Zeek's captures of SMTP and what Zeek's own tests compare with, and where the filter reads them differently, with the reason.

import type { Differences } from "./zeek.ts";

export interface Case {
  /** Below Traces. */
  readonly capture: string;
  /** Below Baseline. */
  readonly baselines: readonly string[];
  readonly ports?: readonly number[];
  /** By the number and reason of the decision. */
  readonly differences?: Readonly<Record<string, Differences>>;
}

const SMTP = "scripts.base.protocols.smtp";

/**
 * Zeek begins a record at every MAIL, and at a RCPT without one; the server began a transaction only where it accepted a
 * MAIL: its 503 to a second MAIL left the first one open, and that was delivered in the end.
 */
const NO_TRANSACTION = { "ZEEK-1": { "mail refused": [2, 0] } } as const;

/** No reading of Zeek's comes with these: they only have to be read without harm. */
export const UNREAD = ["smtp-multi-addr.pcap"];

export const CASES: readonly Case[] = [
  { capture: "smtp.pcap", baselines: [`${SMTP}.basic`], ports: [25] },
  { capture: "smtp.pcap", baselines: [`${SMTP}.attachment`], ports: [25] },
  { capture: "smtp.pcap", baselines: ["scripts.policy.misc.dump-events"], ports: [25] },
  { capture: "smtp.pcap", baselines: [`${SMTP}.rfc822-msg-file-analysis-multi-session`], ports: [25] },
  { capture: "smtp/rfc3030-bdat-example1.pcap", baselines: [`${SMTP}.bdat`] },
  { capture: "smtp/rfc3030-bdat-0-last.pcap", baselines: [`${SMTP}.bdat-0-last`] },
  { capture: "smtp/rfc3030-bdat-multipart.pcap", baselines: [`${SMTP}.bdat-multipart`] },
  { capture: "smtp/rfc3030-bdat-multipart-chunked.pcap", baselines: [`${SMTP}.bdat-multipart-chunked`] },
  { capture: "smtp/rfc3030-bdat-nonascii.pcap", baselines: [`${SMTP}.rfc822-msg-file-analysis-binary`] },
  {
    capture: "smtp/smtp-bdat-pipeline-8bitmime.pcap",
    baselines: [`${SMTP}.bdat-pipeline-8bitmime`, `${SMTP}.rfc822-msg-file-analysis-multi-mail`],
  },
  { capture: "smtp/smtp-bdat-cmd-chunk-size-overflow.pcap", baselines: [`${SMTP}.bdat-chunk-size-overflow`] },
  {
    capture: "smtp/smtp-bdat-cmd-chunk-size-overflow2.pcap",
    baselines: [`${SMTP}.bdat-chunk-size-overflow2`],
  },
  { capture: "smtp/smtp-bdat-cmd-negative-chunk-size.pcap", baselines: [`${SMTP}.bdat-negative-chunk-size`] },
  { capture: "smtp/smtp-bdat-cmd-invalid.pcapng", baselines: [`${SMTP}.bdat-cmd-invalid`] },
  { capture: "tls/smtp-starttls.pcap", baselines: [`${SMTP}.starttls`] },
  {
    capture: "smtp-mail-transactions-invalid.pcap",
    baselines: [`${SMTP}.mail-transactions-invalid`],
    differences: NO_TRANSACTION,
  },
  {
    capture: "smtp-mail-transactions-invalid.pcap",
    baselines: [`${SMTP}.mail-transactions-invalid-disable-analyzer`],
    differences: {
      ...NO_TRANSACTION,
      // Zeek was told to stop reading after two invalid transactions; the session went on and delivered a mail.
      "ZEEK-2": { "mail delivered": [1, 2], "weird smtp_excessive_invalid_mail_transactions": [1, 0] },
    },
  },
  {
    capture: "smtp/smtp-bdat-gap.pcap",
    baselines: [`${SMTP}.bdat-gap`],
    differences: {
      // 1,000 octets are missing, of which 100 belong to the chunk; what the other 900 were nobody knows. Zeek goes on
      // with the next line it sees; the filter says that it cannot know any more (opaque, cause desync).
      "ZEEK-3": {
        "request other": [1, 0],
        "request data": [1, 0],
        "request eod": [1, 0],
        "request quit": [1, 0],
        "mail delivered": [1, 0],
        "mail unknown": [0, 1],
        "weird smtp_bdat_remaining_at_end_data": [1, 0],
        "weird smtp_bdat_undelivered_at_done": [1, 0],
      },
    },
  },
  {
    capture: "smtp/smtp-bdat-gap.pcap",
    baselines: [`${SMTP}.rfc822-msg-file-analysis-gap`],
    differences: { "ZEEK-3": { messages: [2, 0], "message bytes": [1186, 0] } },
  },
  {
    capture: "smtp-one-side-only.pcap",
    baselines: [`${SMTP}.one-side`],
    // Only the client was captured. Whatever is asked without an answer to be seen decides nothing: Zeek logs mails
    // that it cannot say anything of, the filter a session that cannot be followed.
    differences: { "ZEEK-4": { "mail unknown": [2, 0] } },
  },
  {
    capture: "smtp-attachment-msg.pcap",
    baselines: [`${SMTP}.attachment-msg`, `${SMTP}.rfc822-msg-file-analysis`],
    differences: { "ZEEK-4": { "mail unknown": [1, 0], messages: [1, 0], "message bytes": [586, 0] } },
  },
  {
    capture: "smtp/smtp-many-addresses.pcap.gz",
    baselines: [`${SMTP}.address-limits`],
    differences: {
      // Zeek's lists of addresses end at 500; a counter needs no such limit. The rest is about headers.
      "ZEEK-5": {
        recipients: [500, 600],
        "weird smtp_too_many_rcptto_addresses": [1, 0],
        "weird smtp_too_many_to_addresses": [1, 0],
        "weird smtp_too_many_cc_addresses": [1, 0],
        "weird smtp_max_path_length_exceeded": [1, 0],
      },
    },
  },
  {
    capture: "http/connect-with-smtp.pcap",
    baselines: ["scripts.base.protocols.http.http-connect"],
    // SMTP inside an HTTP proxy's CONNECT: Zeek unwraps it. To a listener for SMTP that client speaks HTTP (rule 3).
    differences: { "ZEEK-6": { "mail delivered": [1, 0] } },
  },
  { capture: "smtp/mime-header-size-limit.pcap.gz", baselines: [`${SMTP}.mime-header-size-limit`] },
];
