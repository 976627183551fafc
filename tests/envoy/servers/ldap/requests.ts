/** Requests that OpenLDAP's clients do not make, or not as soon as a test wants them. */

import { element, integer, message, searchRequest, text } from "../../../../bench/ldap/messages.ts";
import { LdapWire } from "./client.ts";
import { CODES } from "./directory.ts";

/** A base that slapd takes a second for. */
export const RESTING = `cn=resting,${CODES}`;

/** Of everything below `base`, or of itself (scope 0), the user's name. */
export function search(id: number, base: string, scope = 2): Buffer {
  return searchRequest(id, { base, scope, filter: EVERYTHING, attributes: ["uid"] });
}

const EVERYTHING = text("objectClass", 0x87);

/** The same with the control that makes it go on with what changes, refreshAndPersist (RFC 4533 §2.2). */
export function persistent(id: number, base: string): Buffer {
  const mode = element(0x30, integer(3, 0x0a));
  const control = element(0x30, text("1.3.6.1.4.1.4203.1.9.1.1"), element(0x04, mode));
  const options = [integer(2, 0x0a), integer(0, 0x0a), integer(0), integer(0), element(0x01, Buffer.of(0))];
  const operation = element(0x63, text(base), ...options, EVERYTHING, element(0x30, text("uid")));
  return element(0x30, integer(id), operation, element(0xa0, control));
}

/** Who am I (RFC 4532). */
export function whoami(id: number): Buffer {
  return message(id, element(0x77, text("1.3.6.1.4.1.4203.1.11.3", 0x80)));
}

/** RFC 4511 §4.14. */
export function startTls(id: number): Buffer {
  return message(id, element(0x77, text("1.3.6.1.4.1.1466.20037", 0x80)));
}

/** RFC 3909. */
export function cancel(id: number, other: number): Buffer {
  const value = element(0x81, element(0x30, integer(other)));
  return message(id, element(0x77, text("1.3.6.1.1.8", 0x80), value));
}

export function abandon(id: number, other: number): Buffer {
  return message(id, integer(other, 0x50));
}

export function unbind(id: number): Buffer {
  return message(id, element(0x42));
}

/** A SASL bind's first request, or a further one. */
export function saslBind(id: number, mechanism: string, credentials?: string): Buffer {
  const more = credentials === undefined ? [] : [text(credentials)];
  return message(id, element(0x60, integer(3), text(""), element(0xa3, text(mechanism), ...more)));
}

/** A connection that says what it is told, and leaves when there have been `results` or slapd does. */
export async function talk(port: number, said: readonly Uint8Array[], results = Infinity): Promise<void> {
  const wire = await LdapWire.connect(port);
  wire.send(...said);
  for (let i = 0; i < results; i++) if ((await wire.result()) === undefined) break;
  wire.leave();
  await wire.rest();
}
