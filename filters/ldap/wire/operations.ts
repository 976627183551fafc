import { words } from "../../../assembly/bytes/words";
import { Tag } from "./tags";

/** Operations (label `op`, docs/ldap.md), in the order of `OPERATIONS`. */
export const enum Op {
  bind,
  unbind,
  search,
  modify,
  add,
  delete,
  moddn,
  compare,
  abandon,
  extended,
  /** Anything else in the place of a request. */
  unknown,
}

/** Label values of `Op`, by its number. */
export const OPERATIONS: string[] = words(
  "bind unbind search modify add delete moddn compare abandon extended unknown",
);

/** The operation that a client's message asks for. */
export function requestedBy(tag: u32): Op {
  switch (tag) {
    case Tag.bindRequest:
      return Op.bind;
    case Tag.unbindRequest:
      return Op.unbind;
    case Tag.searchRequest:
      return Op.search;
    case Tag.modifyRequest:
      return Op.modify;
    case Tag.addRequest:
      return Op.add;
    case Tag.delRequest:
      return Op.delete;
    case Tag.modifyDnRequest:
      return Op.moddn;
    case Tag.compareRequest:
      return Op.compare;
    case Tag.abandonRequest:
      return Op.abandon;
    case Tag.extendedRequest:
      return Op.extended;
    default:
      return Op.unknown;
  }
}

/** The operation that a server's message is about; an intermediate response may be about any. */
export function answeredBy(tag: u32): Op {
  switch (tag) {
    case Tag.bindResponse:
      return Op.bind;
    case Tag.searchResultEntry:
    case Tag.searchResultReference:
    case Tag.searchResultDone:
      return Op.search;
    case Tag.modifyResponse:
      return Op.modify;
    case Tag.addResponse:
      return Op.add;
    case Tag.delResponse:
      return Op.delete;
    case Tag.modifyDnResponse:
      return Op.moddn;
    case Tag.compareResponse:
      return Op.compare;
    case Tag.extendedResponse:
      return Op.extended;
    default:
      return Op.unknown;
  }
}

/** Whether only servers send such a message. */
export function isResponse(tag: u32): bool {
  return answeredBy(tag) != Op.unknown || tag == Tag.intermediateResponse;
}

/** Whether a request of this kind has a response (RFC 4511 §4.3, §4.11). */
export function expectsResponse(op: Op): bool {
  return op != Op.unbind && op != Op.abandon;
}
