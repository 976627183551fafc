import { words } from "../../assembly/bytes/words";
import { CONTROLS, MAIN_CONTROLS } from "./wire/controlnames";

// Label values (docs/ldap.md), each list in the order of the enum that it names.

/** `EndReason`. */
export const END_REASONS: string[] = words(
  "unbind client_close server_close notice empty upstream_unreachable proxy_close",
);

/** `OpaqueCause`. */
export const OPAQUE_CAUSES: string[] = words(
  "starttls tls_first sasl_sealed sasl_unknown not_ldap desync limit",
);

/** `Outcome`. */
export const OUTCOMES: string[] = words("answered abandoned canceled dropped_by_bind unanswered evicted");

/** `Method`. */
export const METHODS: string[] = words("anonymous unauthenticated simple sasl sicily v2 other");

/** `BindResult`. */
export const BIND_RESULTS: string[] = words(
  "success invalid_credentials stronger_auth confidentiality inappropriate_auth protocol_error unwilling other",
);

/** `Cleartext`. */
export const CLEARTEXTS: string[] = words("simple sasl_plain sasl_login");

/** `StartTlsEvent`. */
export const STARTTLS_EVENTS: string[] = words("requested accepted refused continued_in_clear pipelined");

/** `Protection`. */
export const PROTECTIONS: string[] = words("signed sealed unknown");

/** `Referral`. */
export const REFERRALS: string[] = words("final continuation");

/** `Unmatched`. */
export const UNMATCHED: string[] = words("late unmatched duplicate");

/** `Cap`. */
export const CAPS: string[] = words("operations message depth nodes metrics connections memory");

/** Names of intermediate responses. */
export const INTERMEDIATES: string[] = words("sync_info other");

/** Versions of the PROXY protocol. */
export const PROXY_VERSIONS: string[] = words("v1 v2");

/** What a search is, beside its scope and the shape of its filter (docs/ldap.md, rule 16). */
export const enum Trait {
  /** Asks what the server is: base "", scope base, `(objectClass=*)`. */
  rootdse,
  /** `(objectClass=*)` below its base. */
  whole_base,
  unindexed_suspect,
  types_only,
  no_attributes,
  all_attributes,
  paged,
  paged_continuation,
  sorted,
  vlv,
  persistent,
}

/** `Trait`. */
export const TRAITS: string[] = words(`
  rootdse whole_base unindexed_suspect types_only no_attributes all_attributes paged paged_continuation
  sorted vlv persistent
`);

/** `Control` below verbosity `high`: the first ones, and `other` for the rest. */
export const FEW_CONTROLS: string[] = words(
  "paged sort vlv persistent_search sync proxy_authz dirsync other",
);

/** The place of a control among those that are told apart. */
export function controlIndex(control: i32, tellsAll: bool): i32 {
  return tellsAll ? min(control, CONTROLS.length - 1) : min(control, MAIN_CONTROLS);
}

/** Result codes that are told apart (RFC 4511 appendix A, RFC 3909, RFC 4533 …); every other is `other`. */
export const CODES: string[] = words(`
  0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 16 17 18 19 20 21 32 33 34 35 36 48 49 50 51 52 53 54 60 61 64 65
  66 67 68 69 70 71 76 80 113 114 115 116 117 118 119 120 121 122 123 4096 16654 other
`);

/** Codes below this have a place in a table. */
const TABLE_CODES: i32 = 128;

/** e-syncRefreshRequired (RFC 4533 §2.6), and OpenLDAP's noOperation. */
const SYNC_REFRESH_REQUIRED: i32 = 4_096;
const NO_OPERATION: i32 = 16_654;

/** The place of each code below TABLE_CODES in `CODES`. */
const CODE_PLACES: usize = memory.data(128);

/** Fills the table that `codeIndex` reads; to be called before it. */
export function prepareTables(): void {
  memory.fill(CODE_PLACES, <u8>(CODES.length - 1), <usize>TABLE_CODES);
  for (let i = 0; i < CODES.length - 1; i++) {
    const code = numberOf(unchecked(CODES[i]));
    if (code < TABLE_CODES) store<u8>(CODE_PLACES + <usize>code, <u8>i);
  }
}

/** The place of a code in `CODES`. */
export function codeIndex(code: i32): i32 {
  if (<u32>code < <u32>TABLE_CODES) return <i32>load<u8>(CODE_PLACES + <usize>code);
  if (code == SYNC_REFRESH_REQUIRED) return CODES.length - 3;
  return code == NO_OPERATION ? CODES.length - 2 : CODES.length - 1;
}

function numberOf(digits: string): i32 {
  let number = 0;
  for (let i = 0; i < digits.length; i++) number = number * 10 + (digits.charCodeAt(i) - 0x30);
  return number;
}
