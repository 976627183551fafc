import type { Target } from "../target.ts";
import { pop3Rules } from "./balance.ts";
import { SETUPS } from "./setups.ts";
import { POP3_SPEECH } from "./speech.ts";

/** The POP3 filter. */
export const POP3: Target = {
  name: "pop3",
  setups: SETUPS,
  speech: () => POP3_SPEECH,
  rules: pop3Rules,
  covered:
    /^(commands|anomalies|opaque_sessions|session_ends|session_outcomes|retrievals|deletions|limits_reached|auth_results)_total\b/,
};
