// Reads what Zeek made of its captures of LDAP: ldap.log has a row per request that is no search, ldap_search.log one
// per search. The names in the book: `bind requests`, `bind code 0`, `bind no response`, `scope sub`, `shape eq`,
// `trait rootdse`, `entries`, `bytes client`, `weird …`.

import { add, linesOf, rowsOf, type Book } from "./zeek.ts";

/** Zeek's words for result codes (RFC 4511 appendix A); `-` where no response was seen. */
const CODES: Readonly<Record<string, string>> = {
  "-": "no response",
  success: "code 0",
  "SASL bind in progress": "code 14",
  "no such object": "code 32",
  "invalid credentials": "code 49",
};

/** Zeek's opcodes as the metrics have them. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "bind simple": "bind",
  "bind SASL": "bind",
  sicily_negotiate: "bind",
  sicily_response: "bind",
};

/** Operations of ldap.log. */
const LOGGED = ["bind", "unbind", "modify", "add", "delete", "moddn", "compare", "abandon", "extended"];

const SCOPES: Readonly<Record<string, string>> = { base: "base", single: "one", tree: "sub" };

/** Everything that one of Zeek's tests wrote down about a capture; `part` is the `.1` of a test with several. */
export function ldapBookOf(folder: string, { prefix = "", part = "" } = {}): Book {
  const book: Book = new Map();
  const rows = (log: string): Map<string, string>[] => rowsOf(linesOf(folder, prefix + log + part) ?? []);
  // A log that is there tells all: what it has no row of was not.
  const logged = rows("ldap.log");
  if (logged.length > 0) for (const operation of LOGGED) add(book, `${operation} requests`, 0);
  for (const row of logged) addMessage(book, row);
  for (const row of rows("ldap_search.log")) addSearch(book, row);
  for (const row of rows("conn.log")) addConnection(book, row);
  for (const row of rows("weird.log")) add(book, `weird ${row.get("name")}`);
  for (const line of linesOf(folder, `${prefix}output${part}`) ?? []) {
    const weird = / exceeded max (.+?) \(/.exec(line)?.[1];
    if (weird !== undefined) add(book, `weird exceeded max ${weird}`);
  }
  return book;
}

function addMessage(book: Book, row: ReadonlyMap<string, string>): void {
  const opcode = row.get("opcode") ?? "";
  const operation = OPERATIONS[opcode] ?? opcode;
  add(book, `${operation} requests`);
  if (operation !== "unbind") add(book, `${operation} ${codeOf(row)}`);
  const name = /\((\w+)\)/.exec(row.get("object") ?? "")?.[1]?.toLowerCase();
  if (operation === "extended" && name !== undefined) add(book, `name ${name}`);
}

function addSearch(book: Book, row: ReadonlyMap<string, string>): void {
  const filter = row.get("filter") ?? "";
  add(book, `shape ${shapeOf(filter)}`);
  // One of the tests logs nothing but the filter.
  const scope = row.get("scope");
  if (scope === undefined) return;
  add(book, "search requests");
  add(book, `search ${codeOf(row)}`);
  add(book, `scope ${SCOPES[scope] ?? scope}`);
  add(book, "entries", Number(row.get("result_count")));
  const isAny = /^\(objectclass=\*\)$/i.test(filter);
  if (isAny && scope === "base" && row.get("base_object") === "-") add(book, "trait rootdse");
  if (isAny && scope !== "base") add(book, "trait whole_base");
}

function addConnection(book: Book, row: ReadonlyMap<string, string>): void {
  const services = row.get("service")?.split(",") ?? [];
  if (services.includes("ldap_tcp")) add(book, "connections");
  if (services.includes("ssl")) add(book, "opaque starttls");
  const [client, server] = [Number(row.get("orig_bytes") ?? NaN), Number(row.get("resp_bytes") ?? NaN)];
  if (Number.isNaN(client + server)) return;
  add(book, "bytes client", client);
  add(book, "bytes server", server);
}

function codeOf(row: ReadonlyMap<string, string>): string {
  const result = row.get("result") ?? "";
  return CODES[result] ?? result;
}

/** The shape (ldap-semantics.md 16) of a filter in the form of RFC 4515, which Zeek made of its octets. */
function shapeOf(filter: string): string {
  const inner = filter.slice(1, -1);
  if (inner.startsWith("!")) return "not_only";
  if (/^[&|]/.test(inner)) return hasEquality(filter) ? "compound_eq" : "compound_no_eq";
  if (inner.includes(":=")) return "ext";
  if (/^[^=]*[<>]=/.test(inner)) return "range";
  if (/^[^=]*~=/.test(inner)) return "approx";
  const value = inner.slice(inner.indexOf("=") + 1);
  if (value === "*") return "presence";
  if (!value.includes("*")) return "eq";
  return value.startsWith("*") ? "substr_leading" : "substr_initial";
}

/** Whether an equality can be reached through AND and OR. */
function hasEquality(filter: string): boolean {
  if (!/^\([&|]/.test(filter)) return shapeOf(filter) === "eq";
  return partsOf(filter.slice(2, -1)).some(hasEquality);
}

/** `(a=b)(c=d)` in its parts; brackets in values are escaped. */
function partsOf(filters: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  [...filters].forEach((letter, at) => {
    if (letter === "(" && depth++ === 0) start = at;
    if (letter === ")" && --depth === 0) parts.push([...filters].slice(start, at + 1).join(""));
  });
  return parts;
}
