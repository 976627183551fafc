import type { Target } from "../target.ts";
import { SETUPS } from "./setups.ts";
import { LdapSpeech } from "./speech.ts";

/** The LDAP filter. */
export const LDAP: Target = {
  name: "ldap",
  setups: SETUPS,
  speech: (corpus) => new LdapSpeech(corpus),
  covered:
    /^(requests|anomalies|opaque_connections|connection_ends|operations|limits_reached|bind_results|starttls|search_filters|responses_unmatched|sasl_buffers)_total\b/,
};
