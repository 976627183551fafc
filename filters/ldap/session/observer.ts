import { Slice } from "../../../assembly/bytes/slice";
import { ConnectionObserver } from "../../shared/session/observer";
import { From } from "../../shared/session/peers";
import { Anomaly } from "../wire/anomalies";
import { Control } from "../wire/controlnames";
import { ExtendedName, Notice } from "../wire/extendednames";
import { Mechanism } from "../wire/mechanisms";
import { Message } from "../wire/message";
import { Op } from "../wire/operations";
import { ResultClass } from "../wire/results";

/** Why a connection ended (docs/ldap.md, rule 1). */
export const enum EndReason {
  unbind,
  client_close,
  server_close,
  /** After a Notice of Disconnection. */
  notice,
  /** No byte passed either way. */
  empty,
  upstream_unreachable,
  proxy_close,
}

/** Why a connection is passed on unread (docs/ldap.md, rules 2–5, 20). */
export const enum OpaqueCause {
  starttls,
  tls_first,
  sasl_sealed,
  sasl_unknown,
  not_ldap,
  desync,
  limit,
}

/** What became of a request that expects a response (docs/ldap.md, rules 6–9, 20). */
export const enum Outcome {
  answered,
  abandoned,
  canceled,
  dropped_by_bind,
  unanswered,
  evicted,
}

/** How a client binds (label `method`; docs/ldap.md, rules 14, 15). */
export const enum Method {
  anonymous,
  /** A name without a password (RFC 4513 §5.1.2). */
  unauthenticated,
  simple,
  sasl,
  sicily,
  v2,
  other,
}

/** How a bind exchange ended. */
export const enum BindResult {
  success,
  invalid_credentials,
  stronger_auth,
  confidentiality,
  inappropriate_auth,
  protocol_error,
  unwilling,
  other,
}

/** How a password was sent in clear text. */
export const enum Cleartext {
  simple,
  sasl_plain,
  sasl_login,
}

/** Steps of StartTLS. */
export const enum StartTlsEvent {
  requested,
  accepted,
  refused,
  /** It was accepted, and the client goes on with LDAP: somebody else ends TLS in front of the filter. */
  continued_in_clear,
  pipelined,
}

/** What a SASL layer does to a buffer. */
export const enum Protection {
  signed,
  sealed,
  unknown,
}

/** Where a referral is. */
export const enum Referral {
  final,
  continuation,
}

/** Why a message from the server answers nothing (docs/ldap.md, rule 9). */
export const enum Unmatched {
  late,
  unmatched,
  duplicate,
}

/** Caps that can be reached. */
export const enum Cap {
  operations,
  message,
  depth,
  nodes,
  metrics,
  connections,
  memory,
}

/**
 * What a session reports, in the order in which it happened. Times are in nanoseconds. Every method does nothing by
 * default: statistics override all, a spec only what it looks at.
 */
export abstract class LdapObserver extends ConnectionObserver {
  /** Whether `bindNamed` is wanted. */
  wantsNames: bool = false;
  /** Whether `firstEntryTimed` is wanted: otherwise the clock is not read for it. */
  timesFirstEntries: bool = true;

  connectionStarted(): void {}
  /** Exactly once for each started connection. */
  connectionEnded(_reason: EndReason): void {}
  /** Once per connection: from here on it is passed unread. */
  becameOpaque(_cause: OpaqueCause): void {}
  /** A complete message, with its controls. */
  messageRead(_from: From, _message: Message): void {}
  /** `count` controls of this name, more than 0. */
  controls(_control: Control, _from: From, _count: u32): void {}

  requested(_op: Op): void {}
  /** A request that expects a response; it ends once, by `operationEnded`. */
  operationStarted(_op: Op, _isPersistent: bool): void {}
  operationEnded(_op: Op, _outcome: Outcome, _isPersistent: bool): void {}
  /** The final response to an operation. `code`: -1 where it is negative or cannot be read. */
  answered(_op: Op, _resultClass: ResultClass, _code: i32): void {}
  /** From the request to the final response; not of persistent operations. */
  operationTimed(_op: Op, _duration: u64): void {}
  /** From a search to its first entry; not of persistent operations. */
  firstEntryTimed(_duration: u64): void {}
  /** A SearchRequest. */
  searched(_search: Message): void {}
  entryReceived(): void {}
  referenceReceived(): void {}
  /** A search got its final response. `bytes`: all messages under its ID. */
  searchEnded(_entries: u32, _bytes: u64): void {}
  extendedRequested(_name: ExtendedName): void {}
  intermediateReceived(_isSyncInfo: bool): void {}
  referred(_kind: Referral): void {}
  noticed(_notice: Notice): void {}
  unmatched(_kind: Unmatched): void {}

  /** A bind exchange begins. */
  bindStarted(_method: Method): void {}
  /** The mechanism of a SASL exchange that begins. */
  mechanismUsed(_mechanism: Mechanism): void {}
  /** The name that a BindRequest gives, if wanted; not empty. */
  bindNamed(_name: Slice): void {}
  /** The final result of an exchange. `duration`: from its first request. */
  bindEnded(_method: Method, _result: BindResult, _duration: u64): void {}
  /** `reason`: place in `AD_REASONS`. */
  bindRefusedByAd(_reason: i32): void {}
  sentInClear(_how: Cleartext): void {}
  startTls(_event: StartTlsEvent): void {}
  saslBuffer(_protection: Protection, _from: From): void {}
  /** `version`: 1 or 2. */
  proxyPreamble(_version: i32): void {}

  anomaly(_kind: Anomaly): void {}
  limitReached(_cap: Cap): void {}
}
