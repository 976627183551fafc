import { MAX_REPLY_LINES, Reply } from "../wire/replies";
import { Anomaly } from "./anomalies";
import { Reporter } from "./reporter";

/** Whether the reply has an enhanced status that a reply of its class may have (RFC 2034 §3: 2xx, 4xx and 5xx). */
export function carriesStatus(reply: Reply): bool {
  const digit = firstDigit(reply.code);
  return reply.hasStatus && (digit == 2 || digit == 4 || digit == 5);
}

/** Anomalies that a complete reply shows by itself. `isPlain`: greetings and answers to hellos carry no status. */
export function checkReply(reply: Reply, isPlain: bool, reporter: Reporter): void {
  if (reply.code < 200 || reply.code > 599) reporter.anomaly(Anomaly.reply_code_invalid);
  if (reply.isMixed) reporter.anomaly(Anomaly.reply_code_mixed);
  if (reply.lines > MAX_REPLY_LINES) reporter.anomaly(Anomaly.multiline_reply_too_long);
  if (!isPlain && carriesStatus(reply) && reply.statusClass != firstDigit(reply.code)) {
    reporter.anomaly(Anomaly.enhanced_class_mismatch);
  }
}

function firstDigit(code: i32): i32 {
  return code / 100;
}
