import { words } from "../../../assembly/bytes/words";
/** What a reply can answer: the values of the label `verb` (docs/smtp.md), in the order of `VERBS`. */
export const enum Verb {
  /** The greeting: owed since the connection was accepted (RFC 5321 §3.1). */
  connect,
  helo,
  ehlo,
  /** RFC 2033 §4.1. */
  lhlo,
  mail,
  rcpt,
  data,
  /** The end of the message data: the line with the single dot (RFC 5321 §4.1.1.4). */
  eod,
  /** RFC 3030 §2. */
  bdat,
  rset,
  quit,
  noop,
  vrfy,
  expn,
  help,
  /** RFC 4954 §4. */
  auth,
  /** A client line inside an AUTH exchange (RFC 4954 §4). */
  auth_response,
  /** RFC 3207 §4. */
  starttls,
  /** RFC 1985. */
  etrn,
  /** TURN (RFC 821 §3.8) and ATRN (RFC 2645). */
  turn,
  /** RFC 4468. */
  burl,
  xclient,
  xforward,
  /** Exchange's AUTH. */
  x_exps,
  /** Exchange's STARTTLS. */
  x_anonymoustls,
  /** Exchange's block of binary data. */
  xexch50,
  /** SEND, SOML and SAML (RFC 821 §3.4). */
  send,
  /** Everything else. */
  other,
}

/** Label values of `Verb`, by its number. */
export const VERBS: string[] = words(`
  connect helo ehlo lhlo mail rcpt data eod bdat rset quit noop vrfy expn help auth
  auth_response starttls etrn turn burl xclient xforward x_exps x_anonymoustls xexch50 send
  other
`);

/** The verb that `length` octets at `start` spell, the case ignored. */
export function verbOf(start: usize, length: i32): Verb {
  if (length == 4) return fourLetterVerb(load<u32>(start) | 0x20202020);
  if (length == 6) return lowerCased(start, 6) == 0x7370_7865_2d78 /* x-exps */ ? Verb.x_exps : Verb.other;
  if (length == 7) return sevenLetterVerb(lowerCased(start, 7));
  if (length == 8) return eightLetterVerb(lowerCased(start, 8));
  if (length == 14) return isXAnonymousTls(start) ? Verb.x_anonymoustls : Verb.other;
  return Verb.other;
}

/** Up to eight octets as one little-endian number. Setting bit 5 changes letters only, as none is below 0x21. */
function lowerCased(start: usize, length: i32): u64 {
  let word: u64 = 0;
  for (let i = 0; i < length; i++) word |= (<u64>(load<u8>(start + <usize>i) | 0x20)) << ((<u64>i) << 3);
  return word;
}

function fourLetterVerb(word: u32): Verb {
  switch (word) {
    case 0x6f6c6568:
      return Verb.helo;
    case 0x6f6c6865:
      return Verb.ehlo;
    case 0x6f6c686c:
      return Verb.lhlo;
    case 0x6c69616d:
      return Verb.mail;
    case 0x74706372:
      return Verb.rcpt;
    case 0x61746164:
      return Verb.data;
    case 0x74616462:
      return Verb.bdat;
    case 0x74657372:
      return Verb.rset;
    case 0x74697571:
      return Verb.quit;
    case 0x706f6f6e:
      return Verb.noop;
    case 0x79667276:
      return Verb.vrfy;
    case 0x6e707865:
      return Verb.expn;
    case 0x706c6568:
      return Verb.help;
    case 0x68747561:
      return Verb.auth;
    case 0x6e727465:
      return Verb.etrn;
    case 0x6e727574: // turn
    case 0x6e727461: // atrn
      return Verb.turn;
    case 0x6c727562:
      return Verb.burl;
    case 0x646e6573: // send
    case 0x6c6d6f73: // soml
    case 0x6c6d6173: // saml
      return Verb.send;
    default:
      return Verb.other;
  }
}

function sevenLetterVerb(word: u64): Verb {
  if (word == 0x74_6e65_696c_6378) return Verb.xclient;
  if (word == 0x30_3568_6378_6578) return Verb.xexch50;
  return Verb.other;
}

function eightLetterVerb(word: u64): Verb {
  if (word == 0x736c_7474_7261_7473) return Verb.starttls;
  if (word == 0x6472_6177_726f_6678) return Verb.xforward;
  return Verb.other;
}

function isXAnonymousTls(start: usize): bool {
  return (
    lowerCased(start, 8) == 0x6d79_6e6f_6e61_2d78 /* x-anonym */ &&
    lowerCased(start + 8, 6) == 0x736c_7473_756f /* oustls */
  );
}
