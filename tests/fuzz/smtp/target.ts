import type { Target } from "../target.ts";
import { smtpRules } from "./balance.ts";
import { SETUPS } from "./setups.ts";
import { SMTP_SPEECH } from "./speech.ts";

/** The SMTP filter. */
export const SMTP: Target = {
  name: "smtp",
  setups: SETUPS,
  speech: () => SMTP_SPEECH,
  rules: smtpRules,
  covered:
    /^(commands|anomalies|opaque_sessions|session_ends|transactions|limits_reached|auth_results)_total\b/,
};
