import type { Rules } from "./balance.ts";
import { LDAP } from "./ldap/target.ts";
import { POP3 } from "./pop3/target.ts";
import type { Setup } from "./setup.ts";
import { SMTP } from "./smtp/target.ts";
import type { SpeechOf } from "./speech.ts";

/** A filter that is fuzzed: what of the fuzzer is about its protocol. */
export interface Target {
  /** Also the name of the module and of the folder of transcripts. */
  readonly name: string;
  readonly setups: readonly Setup[];
  readonly speech: SpeechOf;
  /** What the invariants of the design do not say. */
  readonly rules?: Rules;
  /** Metrics with few values, all of which a long run should have counted. */
  readonly covered: RegExp;
}

/** Every filter that there is a fuzzer for. */
export const TARGETS: readonly Target[] = [SMTP, LDAP, POP3];

/** The target of a name; throws with those that there are. */
export function targetOf(name: string): Target {
  const target = TARGETS.find((one) => one.name === name);
  if (target !== undefined) return target;
  throw new Error(`no filter "${name}" to fuzz; there are ${TARGETS.map((one) => one.name).join(", ")}`);
}
