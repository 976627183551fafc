import { words } from "../../../assembly/bytes/words";
import { lowerCase, Slice } from "../../../assembly/bytes/slice";

/** SASL mechanisms (label `mechanism`, docs/ldap.md), in the order of `MECHANISMS`. */
export const enum Mechanism {
  /** RFC 4752. */
  gssapi,
  /** [MS-ADTS] §5.1.1.1.2. */
  gss_spnego,
  external,
  /** RFC 4616. */
  plain,
  /** RFC 2831. */
  digest_md5,
  /** RFC 2195. */
  cram_md5,
  ntlm,
  /** RFC 5802. */
  scram_sha_1,
  /** RFC 7677. */
  scram_sha_256,
  scram_sha_512,
  srp,
  /** RFC 2444. */
  otp,
  /** RFC 7628. */
  oauthbearer,
  other,
  /** Counted as `other`; known because it sends the password itself. */
  login,
}

/** Label values of `Mechanism`, by its number; `login` is `other`. */
export const MECHANISMS: string[] = words(`
  gssapi gss_spnego external plain digest_md5 cram_md5 ntlm scram_sha_1 scram_sha_256 scram_sha_512
  srp otp oauthbearer other
`);

/** Longest name of a mechanism (RFC 4422 §3.1). */
export const MAX_MECHANISM_NAME: u32 = 20;

/** Behind the name of a mechanism that binds to the TLS channel (RFC 5802 §4). */
const PLUS: string = "-plus";

const FNV_OFFSET: u32 = 0x811c9dc5;
const FNV_PRIME: u32 = 0x01000193;

/** Takes `-PLUS` from the end of a name. */
export function baseOf(name: Slice): Slice {
  const at = name.length - PLUS.length;
  if (at > 0 && TAIL.set(name.start + <usize>at, PLUS.length).equalsIgnoringCase(PLUS)) name.end = TAIL.start;
  return name;
}

/** The mechanism of a name, the case ignored (docs/ldap.md, rule 14). */
export function mechanismOf(name: Slice): Mechanism {
  if (name.equalsIgnoringCase("gssapi")) return Mechanism.gssapi;
  if (name.equalsIgnoringCase("gss-spnego")) return Mechanism.gss_spnego;
  if (name.equalsIgnoringCase("external")) return Mechanism.external;
  if (name.equalsIgnoringCase("plain")) return Mechanism.plain;
  if (name.equalsIgnoringCase("digest-md5")) return Mechanism.digest_md5;
  if (name.equalsIgnoringCase("cram-md5")) return Mechanism.cram_md5;
  if (name.equalsIgnoringCase("ntlm")) return Mechanism.ntlm;
  if (name.equalsIgnoringCase("scram-sha-1")) return Mechanism.scram_sha_1;
  if (name.equalsIgnoringCase("scram-sha-256")) return Mechanism.scram_sha_256;
  if (name.equalsIgnoringCase("scram-sha-512")) return Mechanism.scram_sha_512;
  if (name.equalsIgnoringCase("srp")) return Mechanism.srp;
  if (name.equalsIgnoringCase("otp")) return Mechanism.otp;
  if (name.equalsIgnoringCase("oauthbearer")) return Mechanism.oauthbearer;
  if (name.equalsIgnoringCase("login")) return Mechanism.login;
  return Mechanism.other;
}

/** Tells names apart that are all `other` (FNV-1a of the lower-cased name). */
export function fingerprintOf(name: Slice): u32 {
  let hash = FNV_OFFSET;
  for (let at = name.start; at < name.end; at++) {
    hash = (hash ^ (<u32>lowerCase(load<u8>(at)))) * FNV_PRIME;
  }
  return hash;
}

/** Scratch. */
const TAIL = new Slice();
