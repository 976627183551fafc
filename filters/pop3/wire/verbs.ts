import { words } from "../../../assembly/bytes/words";

/** What a reply can answer: the values of the label `verb` (docs/pop3.md), in the order of `VERBS`. */
export const enum Verb {
  /** The greeting: owed since the connection was accepted (RFC 1939 §4). */
  connect,
  user,
  pass,
  apop,
  /** RFC 5034 §4. */
  auth,
  /** A client line inside an AUTH exchange (RFC 5034 §4). */
  auth_response,
  /** RFC 2595 §4. */
  stls,
  /** RFC 2449 §5. */
  capa,
  /** RFC 6856 §2. */
  utf8,
  /** RFC 6856 §3. */
  lang,
  stat,
  list,
  uidl,
  retr,
  top,
  dele,
  noop,
  rset,
  quit,
  /** Everything else: XTND, XCLIENT, LAST and what no RFC knows. */
  other,
}

/** Label values of `Verb`, by its number. */
export const VERBS: string[] = words(`
  connect user pass apop auth auth_response stls capa utf8 lang stat list uidl retr top dele noop rset quit other
`);

/** The verb that `length` octets at `start` spell, the case ignored. */
export function verbOf(start: usize, length: i32): Verb {
  if (length == 3)
    return ((<u32>load<u16>(start)) | ((<u32>load<u8>(start + 2)) << 16) | CASE) == TOP
      ? Verb.top
      : Verb.other;
  return length == 4 ? fourLetterVerb(load<u32>(start) | CASE) : Verb.other;
}

/** Sets bit 5 of four octets; it changes letters only, as none is below 0x21. */
const CASE: u32 = 0x20202020;
const TOP: u32 = 0x20706f74;

function fourLetterVerb(word: u32): Verb {
  switch (word) {
    case 0x72657375:
      return Verb.user;
    case 0x73736170:
      return Verb.pass;
    case 0x706f7061:
      return Verb.apop;
    case 0x68747561:
      return Verb.auth;
    case 0x736c7473:
      return Verb.stls;
    case 0x61706163:
      return Verb.capa;
    case 0x38667475:
      return Verb.utf8;
    case 0x676e616c:
      return Verb.lang;
    case 0x74617473:
      return Verb.stat;
    case 0x7473696c:
      return Verb.list;
    case 0x6c646975:
      return Verb.uidl;
    case 0x72746572:
      return Verb.retr;
    case 0x656c6564:
      return Verb.dele;
    case 0x706f6f6e:
      return Verb.noop;
    case 0x74657372:
      return Verb.rset;
    case 0x74697571:
      return Verb.quit;
    default:
      return Verb.other;
  }
}
