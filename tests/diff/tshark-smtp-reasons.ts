// Why tshark 4.0 and the filter read some connections of SMTP differently.

import { SEGMENT_BYTES } from "../support/transcript-pcap.ts";
import { counts, sentBy, type Reading, type Reason } from "./books.ts";
import { SMTP_ROWS } from "./tshark-smtp-rows.ts";

function isRefused(verb: string, reading: Reading): boolean {
  return ["4xx", "5xx"].some((replied) => counts("replies_total", { verb, class: replied })(reading));
}

/** A segment of the server's that does not end with a reply, or is cut to fit into packets. */
function hasReplyInParts({ recorded }: Reading): boolean {
  return sentBy("server", recorded).some(
    (text) => text.length > SEGMENT_BYTES || !/(^|\n)\d{3}( [^\n]*)?\r?\n$/.test(text),
  );
}

const UNNAMED = ["xclient", "xforward", "x_anonymoustls", "other"];

function hasUnnamedVerb(reading: Reading): boolean {
  return UNNAMED.some((verb) => counts("commands_total", { verb })(reading));
}

function hasOddEnd({ recorded }: Reading): boolean {
  return sentBy("client", recorded).some((text) => /^[A-Za-z]+[^ A-Za-z\r\n]|\r(?!\n)/m.test(text));
}

/** By a word for it. */
export const SMTP_REASONS: Readonly<Record<string, Reason>> = {
  opaque: {
    says: "The filter has stopped reading (TLS, no SMTP, TURN) and says so; tshark reads on",
    when: counts("opaque_sessions_total"),
    explained: SMTP_ROWS.opaque,
  },
  bdat: {
    says: "BDAT: tshark adds up the sizes of all chunks, and loses the place where one does not end with its packet",
    when: counts("commands_total", { verb: "bdat" }),
    explained: SMTP_ROWS.bdat,
  },
  refused: {
    says: "DATA was refused: the server reads commands, tshark a message as far as a dot",
    when: (reading) => isRefused("data", reading),
    explained: SMTP_ROWS.refused,
  },
  ended: {
    says: "The server took a dot line with bare LF for the end of the message, as its reply shows; tshark waits for CRLF.CRLF",
    when: counts("anomalies_total", { kind: "eod_noncanonical_accepted" }),
    explained: SMTP_ROWS.ended,
  },
  starttls: {
    says: "A STARTTLS that is accepted but followed by clear text: tshark expects TLS",
    when: counts("tls_total", { event: "accepted" }),
    explained: SMTP_ROWS.starttls,
  },
  auth: {
    says: "Lines of an AUTH exchange: tshark knows those of LOGIN in their order, and takes others for commands",
    when: counts("auth_attempts_total"),
    explained: SMTP_ROWS.auth,
  },
  xexch50: {
    says: "The octets of XEXCH50 are lines to tshark",
    when: counts("commands_total", { verb: "xexch50" }),
    explained: SMTP_ROWS.xexch50,
  },
  preamble: {
    says: "Behind a PROXY preamble tshark does not find the first line",
    when: counts("proxy_preambles_total"),
    explained: SMTP_ROWS.preamble,
  },
  parts: {
    says: "A reply in several packets: tshark counts its code in each of them",
    when: hasReplyInParts,
    explained: SMTP_ROWS.parts,
  },
  mixed: {
    says: "A reply whose lines have different codes: tshark shows the first, the filter goes by the last",
    when: counts("anomalies_total", { kind: "reply_code_mixed" }),
    explained: SMTP_ROWS.mixed,
  },
  verbs: {
    says: "Verbs that tshark has no name for: behind a message it takes such lines for more of the message",
    when: hasUnnamedVerb,
    explained: SMTP_ROWS.verbs,
  },
  ends: {
    says: "A verb ends at a tab, NUL or CR: to tshark only a space ends it, and any CR a line",
    when: hasOddEnd,
    explained: SMTP_ROWS.ends,
  },
  waiting: {
    says: "What waits for a reply that never comes: tshark reads it at once, the filter cannot know what it is",
    when: counts("commands_unanswered_total"),
    explained: SMTP_ROWS.waiting,
  },
};
