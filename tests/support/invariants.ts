// What has to hold at every moment, whatever the bytes were (design: metrics, "Invariants, always").

import type { StatStore } from "../../host/index.ts";
import {
  InvariantChecker,
  parseStatement,
  type Invariant,
  type Invariants,
} from "../../host/testing/invariants.ts";
import { LDAP } from "./invariants-ldap.ts";
import { POP3 } from "./invariants-pop3.ts";
import { SMTP } from "./invariants-smtp.ts";

/** By protocol; a statement about a metric that is not defined (the verbosity is too low) says nothing. */
export const STATEMENTS: Invariants = { smtp: SMTP, ldap: LDAP, pop3: POP3 };

/** The statements of a protocol, read. */
export function invariantsOf(protocol: string): readonly Invariant[] {
  return (STATEMENTS[protocol] ?? []).map(parseStatement);
}

/** Checks those of all filters that ship. */
export function checkerOf(stats: StatStore): InvariantChecker {
  return new InvariantChecker(stats, STATEMENTS);
}
