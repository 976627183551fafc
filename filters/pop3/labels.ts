import { words } from "../../assembly/bytes/words";
import { writePlaces } from "../shared/labels";
import { Verb, VERBS } from "./wire/verbs";

// Label values (docs/pop3.md), each list in the order of the enum that it names.

/** `EndReason`. */
export const END_REASONS: string[] = words(`
  quit client_close server_close server_err greeting_rejected upstream_unreachable proxy_close tls not_pop3 desync
`);

/** `Outcome`. */
export const OUTCOMES: string[] = words("anonymous failed unfinished updated incomplete unread");

/** `OpaqueCause`. */
export const OPAQUE_CAUSES: string[] = words("stls tls_first sasl not_pop3 desync limit");

/** `Greeting`. */
export const GREETINGS: string[] = words("ok err none invalid");

/** `LoginResult`. */
export const LOGIN_RESULTS: string[] = words(
  "success failure in_use login_delay sys_temp sys_perm cancelled aborted",
);

/** `Retrieval`. */
export const RETRIEVALS: string[] = words("complete refused interrupted unanswered");

/** `Deletion`. */
export const DELETIONS: string[] = words("committed incomplete reset dropped unknown");

/** `TlsEvent`. */
export const TLS_EVENTS: string[] = words("offered requested accepted refused handshake_seen alert_seen");

/** `Cap`. */
export const CAPS: string[] = words("line pipeline limbo metrics sessions memory");

/** Unsolicited replies: the first two of `Status`, and any other. */
export const UNSOLICITED: string[] = words("ok err other");

/** Whether STLS was on offer. */
export const YES_NO: string[] = words("yes no");

/** Versions of the PROXY protocol. */
export const PROXY_VERSIONS: string[] = words("v1 v2");

/** Commands whose duration has a histogram of its own. */
export const TIMED_VERBS: string[] = words(
  "connect user pass apop auth auth_response stls capa stat list uidl retr top dele rset quit",
);

/** Commands whose answer may have many lines. */
export const LINED_VERBS: string[] = words("auth capa lang list uidl retr top");

/** The place of a verb in `TIMED_VERBS`, or -1. */
export function timedIndex(verb: Verb): i32 {
  return <i32>load<i8>(TIMED_PLACES + <usize>verb);
}

/** The place of a verb in `LINED_VERBS`, or -1. */
export function linedIndex(verb: Verb): i32 {
  return <i32>load<i8>(LINED_PLACES + <usize>verb);
}

/** The place of each verb in `TIMED_VERBS` and in `LINED_VERBS`. */
const TIMED_PLACES: usize = memory.data(32);
const LINED_PLACES: usize = memory.data(32);

/** Fills the tables that `timedIndex` and `linedIndex` read; to be called before them. */
export function prepareTables(): void {
  writePlaces(TIMED_PLACES, VERBS, TIMED_VERBS);
  writePlaces(LINED_PLACES, VERBS, LINED_VERBS);
}
