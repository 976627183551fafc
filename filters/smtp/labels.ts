import { put, words } from "../../assembly/bytes/words";
import { decimal } from "../../assembly";
import { writePlaces } from "../shared/labels";
import { Verb, VERBS } from "./wire/verbs";

// Label values (docs/smtp.md), each list in the order of the enum that it names.

/** `EndReason`. */
export const END_REASONS: string[] = words(`
  quit client_close server_close server_421 greeting_rejected upstream_unreachable proxy_close
  tls not_smtp desync
`);

/** `Dialect`. */
export const DIALECTS: string[] = words("smtp esmtp lmtp none");

/** `OpaqueCause`. */
export const OPAQUE_CAUSES: string[] = words("starttls tls_first sasl turn not_smtp desync limit");

/** `Greeting`. */
export const GREETINGS: string[] = words("2xx 4xx 5xx none invalid");

/** `Outcome`. */
export const OUTCOMES: string[] = words("committed partial rejected aborted unknown");

/** `Stage`. */
export const STAGES: string[] = words("mail rcpt data eod");

/** Classes of refusals; see `refusalIndex`. */
export const REFUSALS: string[] = words("4xx 5xx");

/** `AbortCause`. */
export const ABORT_CAUSES: string[] = words("rset hello quit client_close server_close starttls opaque");

/** `RecipientOutcome`. */
export const RECIPIENT_OUTCOMES: string[] = words("accepted rejected_4xx rejected_5xx unanswered");

/** `MessageMode`. */
export const MESSAGE_MODES: string[] = words("data bdat burl");

/** `AuthResult`. */
export const AUTH_RESULTS: string[] = words("success failure temporary cancelled aborted");

/** `TlsEvent`. */
export const TLS_EVENTS: string[] = words(
  "offered requested accepted refused_4xx refused_5xx handshake_seen alert_seen",
);

/** `Cap`. */
export const CAPS: string[] = words("line pipeline limbo metrics sessions memory");

/** What a declared size was worth. */
export const enum Kept {
  within,
  exceeded,
  absent,
}

/** `Kept`. */
export const KEPT: string[] = words("within exceeded absent");

/** Whether STARTTLS was on offer. */
export const YES_NO: string[] = words("yes no");

/** Unsolicited replies: 421 or any other. */
export const UNSOLICITED: string[] = words("421 other");

/** Versions of the PROXY protocol. */
export const PROXY_VERSIONS: string[] = words("v1 v2");

/** Commands whose duration has a histogram of its own. */
export const TIMED_VERBS: string[] = words(
  "connect helo ehlo lhlo mail rcpt data eod bdat auth starttls rset vrfy",
);

/** Reply codes that are told apart; every other is `other`. */
export const CODES: string[] = words(`
  200 211 214 220 221 225 235 250 251 252 253 300 334 352 353 354 400 402 421 422 430 431 432
  435 441 442 446 447 449 450 451 452 453 454 455 458 459 471 472 500 501 502 503 504 510 511
  512 513 515 517 521 523 530 533 534 535 538 541 550 551 552 553 554 555 556 other
`);

/** First digit of an enhanced status code (RFC 3463 §2). */
export const STATUS_CLASSES: string[] = words("2 4 5");

/** Its subject (RFC 3463 §3). */
export const STATUS_SUBJECTS: string[] = words("0 1 2 3 4 5 6 7 other");

/** Highest registered detail of each subject (IANA, SMTP Enhanced Status Codes). */
const HIGHEST_DETAIL: i32[] = [0, 10, 4, 6, 7, 6, 10, 30];

/** Registered statuses of one class, all subjects together. */
const STATUSES_PER_CLASS: i32 = 81;

/** `2_0_0` … `5_7_30`, then `other`. Built when it is asked for: it takes memory that only one level needs. */
export function enhancedStatuses(): string[] {
  const values = changetype<string[]>(
    __newArray(STATUSES_PER_CLASS * STATUS_CLASSES.length + 1, alignof<usize>(), idof<string[]>()),
  );
  let at = 0;
  for (let i = 0; i < STATUS_CLASSES.length; i++) {
    for (let subject = 0; subject < HIGHEST_DETAIL.length; subject++) {
      for (let detail = 0; detail <= unchecked(HIGHEST_DETAIL[subject]); detail++) {
        const name = unchecked(STATUS_CLASSES[i]) + "_" + decimal(subject) + "_" + decimal(detail);
        put(values, at++, name);
      }
    }
  }
  put(values, at, "other");
  return values;
}

/** The place of a status in `enhancedStatuses()`. `statusClass`: 2, 4 or 5. */
export function statusIndex(statusClass: i32, subject: i32, detail: i32): i32 {
  const classIndex = statusClassIndex(statusClass);
  if (subject >= HIGHEST_DETAIL.length || detail > unchecked(HIGHEST_DETAIL[subject])) {
    return STATUSES_PER_CLASS * STATUS_CLASSES.length;
  }
  let at = classIndex * STATUSES_PER_CLASS + detail;
  for (let i = 0; i < subject; i++) at += unchecked(HIGHEST_DETAIL[i]) + 1;
  return at;
}

/** The place of a status class in `STATUS_CLASSES`. */
export function statusClassIndex(statusClass: i32): i32 {
  return statusClass == 2 ? 0 : statusClass == 4 ? 1 : 2;
}

/** The place of a verb in `TIMED_VERBS`, or -1. */
export function timedIndex(verb: Verb): i32 {
  return <i32>load<i8>(TIMED_PLACES + <usize>verb);
}

/** The place of each verb in `TIMED_VERBS`. */
const TIMED_PLACES: usize = memory.data(32);

/** The place of each code 0–999 in `CODES`. */
const CODE_PLACES: usize = memory.data(1_000);

/** Fills the tables that `codeIndex` and `timedIndex` read; to be called before them. */
export function prepareTables(): void {
  writePlaces(TIMED_PLACES, VERBS, TIMED_VERBS);
  prepareCodes();
}

function prepareCodes(): void {
  const other = <u8>(CODES.length - 1);
  memory.fill(CODE_PLACES, other, 1_000);
  for (let i: u8 = 0; i < other; i++) {
    const text = changetype<usize>(unchecked(CODES[i]));
    const code = digit(text, 0) * 100 + digit(text, 1) * 10 + digit(text, 2);
    if (code < 1_000) store<u8>(CODE_PLACES + <usize>code, i);
  }
}

/** The place of a code in `CODES`. */
export function codeIndex(code: i32): i32 {
  return <u32>code < 1_000 ? <i32>load<u8>(CODE_PLACES + <usize>code) : CODES.length - 1;
}

function digit(text: usize, place: usize): u32 {
  return <u32>load<u16>(text + (place << 1)) - 0x30;
}
