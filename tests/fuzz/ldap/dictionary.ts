import { element, integer } from "./ber.ts";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const text = (value: string, tag = 0x04): Uint8Array => element(tag, [Buffer.from(value, "latin1")]);
const number = (value: number, tag = 0x02): Uint8Array => integer(BigInt(value), tag);
const code = (value: number): Uint8Array => number(value, 0x0a);
const sequence = (...parts: Uint8Array[]): Uint8Array => element(0x30, parts);

/** Operations of LDAP that expect an answer, with the tag of the answer. */
export interface Request {
  readonly body: Uint8Array;
  /** 0: nothing answers it. */
  readonly answer: number;
  readonly isSearch?: boolean;
  readonly isBind?: boolean;
  readonly isSasl?: boolean;
  readonly isStartTls?: boolean;
}

const bind = (version: number, name: string, choice: Uint8Array): Uint8Array =>
  element(0x60, [number(version), text(name), choice]);
const sasl = (mechanism: string, credentials?: string): Uint8Array =>
  element(0xa3, credentials === undefined ? [text(mechanism)] : [text(mechanism), text(credentials)]);
const search = (scope: number, base: string, filter: Uint8Array, ...attributes: string[]): Uint8Array =>
  element(0x63, [
    ...[text(base), code(scope), code(0), number(0), number(0), hex("010100"), filter],
    sequence(...attributes.map((name) => text(name))),
  ]);
const extended = (oid: string, value?: Uint8Array): Uint8Array =>
  element(0x77, value === undefined ? [text(oid, 0x80)] : [text(oid, 0x80), element(0x81, [value])]);

const equality = (name: string, value: string): Uint8Array => element(0xa3, [text(name), text(value)]);
const present = (name: string): Uint8Array => text(name, 0x87);
const substrings = (...parts: Uint8Array[]): Uint8Array => element(0xa4, [text("cn"), sequence(...parts)]);
const list = (tag: number, ...filters: Uint8Array[]): Uint8Array => element(tag, filters);

/** Filters of every shape. */
export const FILTERS: readonly Uint8Array[] = [
  equality("uid", "jd"),
  present("objectClass"),
  present("OBJECTCLASS"),
  present("mail"),
  substrings(text("a", 0x80), text("b", 0x81), text("c", 0x82)),
  substrings(text("b", 0x81)),
  substrings(text("", 0x80)),
  substrings(),
  element(0xa5, [text("age"), text("5")]),
  element(0xa6, [text("age"), text("5")]),
  element(0xa8, [text("cn"), text("x")]),
  element(0xa9, [text("2.5.13.5", 0x81), text("cn", 0x82), text("v", 0x83), hex("8401ff")]),
  element(0xa9, [text("v", 0x83)]),
  list(0xa0),
  list(0xa1),
  list(0xa2, present("mail")),
  list(0xa2),
  list(0xa2, present("a"), present("b")),
  list(0xa0, present("a"), equality("b", "c")),
  list(0xa0, present("a"), list(0xa2, equality("b", "c"))),
  list(
    0xa1,
    substrings(text("x", 0x82)),
    list(0xa0, present("a"), list(0xa1, equality("b", "c"), list(0xa1))),
  ),
  list(0xa2, list(0xa2, list(0xa2, list(0xa0, equality("b", "c"))))),
  hex("ab00"),
  hex("0400"),
];

const STARTTLS = "1.3.6.1.4.1.1466.20037";

/** What clients ask for. */
export const REQUESTS: readonly Request[] = [
  ...FILTERS.map((filter, i) => ({
    body: search(i % 5, i % 3 === 0 ? "" : "dc=t", filter, ...attributesOf(i)),
    answer: 0x65,
    isSearch: true,
  })),
  { body: element(0x66, [text("dc=t"), sequence()]), answer: 0x67 },
  { body: element(0x68, [text("cn=x,dc=t"), sequence()]), answer: 0x69 },
  { body: text("cn=x,dc=t", 0x4a), answer: 0x6b },
  { body: element(0x6c, [text("cn=x,dc=t"), text("cn=y"), hex("0101ff")]), answer: 0x6d },
  { body: element(0x6e, [text("cn=x,dc=t"), sequence(text("a"), text("b"))]), answer: 0x6f },
  { body: extended("1.3.6.1.4.1.4203.1.11.3"), answer: 0x78 },
  { body: extended("1.3.6.1.4.1.4203.1.11.1", sequence(text("p", 0x81))), answer: 0x78 },
  { body: extended("1.3.6.1.1.8", sequence(number(1))), answer: 0x78 },
  { body: extended("1.2.3.4.5.6.7.8.9"), answer: 0x78 },
  { body: hex("7200"), answer: 0x72 },
  { body: hex("6a00"), answer: 0x6b },
];

/** Binds of every method. */
export const BINDS: readonly Request[] = [
  ...[
    bind(3, "", text("", 0x80)),
    bind(3, "cn=a,dc=t", text("", 0x80)),
    bind(3, "cn=a,dc=t", text("secret", 0x80)),
  ]
    .concat(
      bind(2, "cn=a,dc=t", text("secret", 0x80)),
      bind(1, "", text("", 0x80)),
      bind(4, "", text("", 0x80)),
    )
    .concat(bind(3, "user@mx.example", text("secret", 0x80)), bind(3, "MX\\user", text("p", 0x80)))
    .concat(bind(3, "", text("x", 0x81)), bind(3, "", hex("a000")), bind(3, "x".repeat(400), text("p", 0x80)))
    .map((body) => ({ body, answer: 0x61, isBind: true })),
  ...["GSSAPI GSS-SPNEGO EXTERNAL PLAIN DIGEST-MD5 CRAM-MD5 NTLM SCRAM-SHA-1-PLUS SCRAM-SHA-256 OAUTHBEARER"]
    .flatMap((names) => names.split(" "))
    .concat("gssapi", "LOGIN", "", "X-OWN", "Y".repeat(40))
    .map((name) => ({ body: bind(3, "", sasl(name, "x")), answer: 0x61, isBind: true, isSasl: true })),
  ...["\0user\0secret", "\0user\0", "a\0b\0c\0d", "\0"].map((credentials) => ({
    ...{ body: bind(3, "", sasl("PLAIN", credentials)), answer: 0x61, isBind: true, isSasl: true },
  })),
  ...[sasl("GSSAPI"), sasl("LOGIN", ""), sasl("")].map((choice) => ({
    ...{ body: bind(3, "", choice), answer: 0x61, isBind: true, isSasl: true },
  })),
  ...[0x89, 0x8a, 0x8b].map((tag) => ({
    ...{ body: bind(3, "NTLM", text("NTLMSSP\0", tag)), answer: 0x61, isBind: true, isSasl: true },
  })),
];

/** The request for StartTLS. */
export const START_TLS: Request = { body: extended(STARTTLS), answer: 0x78, isStartTls: true };

/** The message that has no answer and ends the connection; Abandon is made for an ID. */
export const UNBIND: Request = { body: hex("4200"), answer: 0 };

/** Abandons what has this ID. */
export function abandon(id: bigint): Request {
  return { body: integer(id, 0x50), answer: 0 };
}

/** What servers send in between: entries, references, intermediate responses. */
export const PARTS: readonly Uint8Array[] = [
  element(0x64, [text("uid=jd,dc=t"), sequence()]),
  ...[300, 20_000].map((length) =>
    element(0x64, [
      text("uid=jd,dc=t"),
      sequence(sequence(text("jpegPhoto"), element(0x31, [text("x".repeat(length))]))),
    ]),
  ),
  element(0x73, [text("ldap://x.example/dc=t")]),
  element(0x79, []),
  element(0x79, [text("1.3.6.1.4.1.4203.1.9.1.4", 0x80), text("x", 0x81)]),
  element(0x79, [text("1.2.3", 0x80)]),
];

/** Result codes, the usual ones first. */
export const RESULTS = [
  ...[0, 0, 0, 0, 0, 49, 32, 14, 10, 118, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 20, 21, 34, 36, 48, 50],
  ...[51, 52, 53, 54, 60, 64, 68, 71, 76, 80, 81, 85, 100, 112, 113, 119, 122, 123, 200, 4096, 16654, 70_000],
  ...[-1, -128],
];

const AD_TEXT = "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563\0";
const REASONS = [
  AD_TEXT,
  AD_TEXT.replace("52e", "775"),
  AD_TEXT.replace("52e", "999"),
  "no",
  "x".repeat(300),
];

/** A result of this tag. `extra`: 0 nothing more, 1 a referral, 2 SASL credentials, 3 an ExtendedResponse's name. */
export function result(tag: number, value: number, dialect: number, extra: number): Uint8Array {
  const more = [
    [],
    [element(0xa3, [text("ldap://y.example")])],
    [text("challenge", 0x87)],
    [text(STARTTLS, 0x8a)],
    [text("1.3.6.1.4.1.1466.20036", 0x8a)],
    [text("1.3.6.1.1.21.4", 0x8a), text("v", 0x8b)],
  ][extra];
  const reason = REASONS[dialect] ?? "";
  return element(tag, [code(value), text(""), text(reason), ...(more ?? [])]);
}

const control = (oid: string, ...more: Uint8Array[]): Uint8Array => sequence(text(oid), ...more);
const CRITICAL = hex("0101ff");

/** Controls of requests and of responses. */
export const CONTROLS: readonly Uint8Array[] = [
  control("1.2.840.113556.1.4.319", element(0x04, [sequence(number(100), text(""))])),
  control("1.2.840.113556.1.4.319", CRITICAL, element(0x04, [sequence(number(100), text("cookie"))])),
  control("1.2.840.113556.1.4.319", element(0x04, [sequence(number(-1), text(""))])),
  control("1.2.840.113556.1.4.473", element(0x04, [sequence()])),
  control("2.16.840.1.113730.3.4.9", CRITICAL),
  control("2.16.840.1.113730.3.4.3", element(0x04, [sequence(number(15), hex("0101ff"), hex("0101ff"))])),
  control("1.3.6.1.4.1.4203.1.9.1.1", element(0x04, [sequence(code(3))])),
  control("1.3.6.1.4.1.4203.1.9.1.1", element(0x04, [sequence(code(1))])),
  control("1.2.840.113556.1.4.528", CRITICAL),
  control("2.16.840.1.113730.3.4.18", text("dn:")),
  control("1.2.840.113556.1.4.841"),
  control("2.16.840.1.113730.3.4.2", hex("010100"), text("")),
  control("1.3.6.1.4.1.42.2.27.8.5.1"),
  control("9.9.9"),
  control(""),
];

/** Notices: what servers send with ID 0. */
export const NOTICES: readonly Uint8Array[] = [
  result(0x78, 52, 3, 4),
  result(0x78, 0, 3, 5),
  result(0x78, 2, 3, 0),
];

/** What comes in front of or instead of LDAP. */
export const FOREIGN: readonly Uint8Array[] = [
  hex("16 03 01 00 05 01 00 00 01 03"),
  hex("16 03 03 00 02 02 00"),
  hex("15 03 03 00 02 02 28"),
  hex("17 03 03 00 02 00 00"),
  hex("14 03 03 00 01 01"),
  Buffer.from("GET / HTTP/1.1\r\nHost: mx.example\r\n\r\n"),
  Buffer.from("OPTIONS * HTTP/1.1\r\n\r\n"),
  Buffer.from("220 mx.example ESMTP\r\n"),
  hex("00 00 00 10 c5 c5 c5 c5 c5 c5 c5 c5 c5 c5 c5 c5 c5 c5 c5 c5"),
  hex("00 00 00 00"),
  hex("01 00 00 05 60 00 00 00 00"),
];

/** PROXY preambles. */
export const PREAMBLES: readonly Uint8Array[] = [
  Buffer.from("PROXY TCP4 192.0.2.9 192.0.2.1 5 389\r\n"),
  Buffer.from("PROXY UNKNOWN\r\n"),
  hex("0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 20 00 00 00"),
  hex("0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 21 11 00 0c c0 00 02 09 c0 00 02 01 c0 00 01 85"),
];

function attributesOf(i: number): readonly string[] {
  return [[], ["*"], ["1.1"], ["cn", "sn", "+"], ["1.1", "cn"], ["memberOf;range=0-1"]][i % 6] ?? [];
}
