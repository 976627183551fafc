/** LDAPMessages as clients and servers send them (RFC 4511), for loads that no server is needed for. */

/** An element: tag, shortest length, value. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const octets: number[] = [];
  for (let rest = value.length; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff);
  const length = value.length < 0x80 ? [value.length] : [0x80 | octets.length, ...octets];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

/** An OCTET STRING, or what has another tag in its place. */
export function text(value: string, tag = 0x04): Buffer {
  return element(tag, Buffer.from(value, "latin1"));
}

/** An INTEGER of at most 31 bits, not negative; or what has another tag in its place. */
export function integer(value: number, tag = 0x02): Buffer {
  const octets = [value & 0xff];
  // The first bit is the sign.
  for (let rest = value; rest > 0x7f; rest >>>= 8) octets.unshift((rest >>> 8) & 0xff);
  return element(tag, Buffer.from(octets));
}

/** A message with its ID. */
export function message(id: number, operation: Uint8Array): Buffer {
  return element(0x30, integer(id), operation);
}

/** A simple bind (§4.2). */
export function bindRequest(id: number, name: string, password: string): Buffer {
  return message(id, element(0x60, integer(3), text(name), text(password, 0x80)));
}

/** What a search is told (§4.5.1): base, scope by its number, filter, attributes. */
export interface Search {
  readonly base: string;
  readonly scope: number;
  readonly filter: Uint8Array;
  readonly attributes?: readonly string[];
}

export function searchRequest(id: number, { base, scope, filter, attributes = [] }: Search): Buffer {
  const options = [
    integer(scope, 0x0a),
    integer(0, 0x0a),
    integer(0),
    integer(30),
    element(0x01, Buffer.of(0)),
  ];
  const list = element(0x30, ...attributes.map((name) => text(name)));
  return message(id, element(0x63, text(base), ...options, filter, list));
}

/** An equality filter. */
export function equals(attribute: string, value: string): Buffer {
  return element(0xa3, text(attribute), text(value));
}

/** One attribute of an entry, with one value. */
export type Attribute = readonly [name: string, value: string];

export function searchEntry(id: number, name: string, attributes: readonly Attribute[]): Buffer {
  return message(id, element(0x64, text(name), element(0x30, ...attributes.map(attribute))));
}

/** A modification that replaces one attribute (§4.6). */
export function modifyRequest(id: number, name: string, replaced: Attribute): Buffer {
  const change = element(0x30, integer(2, 0x0a), attribute(replaced));
  return message(id, element(0x66, text(name), element(0x30, change)));
}

/** Tags of final responses. */
export const BIND_RESPONSE = 0x61;
export const SEARCH_DONE = 0x65;
export const MODIFY_RESPONSE = 0x67;

/** A final response without text. */
export function result(id: number, tag: number, code = 0): Buffer {
  return message(id, element(tag, integer(code, 0x0a), text(""), text("")));
}

function attribute([name, value]: Attribute): Buffer {
  return element(0x30, text(name), element(0x31, text(value)));
}
