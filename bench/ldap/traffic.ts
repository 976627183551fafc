/** Conversations between LDAP clients and a server, message by message. */

import {
  BIND_RESPONSE,
  bindRequest,
  element,
  equals,
  MODIFY_RESPONSE,
  modifyRequest,
  result,
  SEARCH_DONE,
  searchEntry,
  searchRequest,
} from "./messages.ts";

/** A request and everything that answers it, each message as its sender writes it. */
export interface Operation {
  readonly request: Buffer;
  readonly responses: readonly Buffer[];
}

const SUFFIX = "dc=example,dc=com";
const PEOPLE = `ou=people,${SUFFIX}`;
const NAME = `uid=u042,${PEOPLE}`;

/** Attributes that make an entry of about 300 bytes. */
const ATTRIBUTES = [
  ["objectClass", "inetOrgPerson"],
  ["uid", "u042"],
  ["cn", "Person 042"],
  ["sn", "Person042"],
  ["mail", "u042@example.com"],
  ["description", "x".repeat(80)],
] as const;

/** A simple bind that succeeds. */
export function bind(id: number): Operation {
  return { request: bindRequest(id, NAME, "secret"), responses: [result(id, BIND_RESPONSE)] };
}

/** A search of one level for one user, which finds `entries`. */
export function search(id: number, entries: number): Operation {
  const isPerson = equals("objectClass", "inetOrgPerson");
  const filter = element(0xa0, isPerson, equals("uid", "u042"));
  const found = Array.from({ length: entries }, () => searchEntry(id, NAME, ATTRIBUTES));
  return {
    request: searchRequest(id, { base: PEOPLE, scope: 2, filter, attributes: ["cn", "mail", "description"] }),
    responses: [...found, result(id, SEARCH_DONE)],
  };
}

/** A search for one user whose photo has so many bytes. */
export function photo(id: number, bytes: number): Operation {
  const entry = searchEntry(id, NAME, [["jpegPhoto", "x".repeat(bytes)]]);
  const request = searchRequest(id, { base: PEOPLE, scope: 2, filter: equals("uid", "u042") });
  return { request, responses: [entry, result(id, SEARCH_DONE)] };
}

export function modify(id: number): Operation {
  return {
    request: modifyRequest(id, NAME, ["description", "y".repeat(40)]),
    responses: [result(id, MODIFY_RESPONSE)],
  };
}

/** What an application does all day: it looks up users one by one, lists some, changes one, and binds once in a while. */
export function everyday(firstId: number): Operation[] {
  let id = firstId;
  const lookups = Array.from({ length: 6 }, () => search(id++, 1));
  return [bind(id++), ...lookups, search(id++, 10), modify(id++)];
}
