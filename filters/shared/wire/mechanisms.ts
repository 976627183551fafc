import { words } from "../../../assembly/bytes/words";
import { Slice } from "../../../assembly/bytes/slice";

/** SASL mechanisms (label `mechanism`, docs/smtp.md), in the order of `MECHANISMS`. */
export const enum Mechanism {
  /** RFC 4616. */
  plain,
  login,
  /** RFC 2195. */
  cram_md5,
  /** RFC 2831. */
  digest_md5,
  /** RFC 5802, any hash, with or without channel binding. */
  scram,
  xoauth2,
  /** RFC 7628. */
  oauthbearer,
  ntlm,
  /** RFC 4752. */
  gssapi,
  external,
  other,
}

/** Label values of `Mechanism`, by its number. */
export const MECHANISMS: string[] = words(
  "plain login cram_md5 digest_md5 scram xoauth2 oauthbearer ntlm gssapi external other",
);

/** The mechanism of a name, the case ignored (RFC 4422 §3.1). */
export function mechanismOf(name: Slice): Mechanism {
  if (name.equalsIgnoringCase("plain")) return Mechanism.plain;
  if (name.equalsIgnoringCase("login")) return Mechanism.login;
  if (name.equalsIgnoringCase("cram-md5")) return Mechanism.cram_md5;
  if (name.equalsIgnoringCase("digest-md5")) return Mechanism.digest_md5;
  if (name.startsWithIgnoringCase("scram-")) return Mechanism.scram;
  if (name.equalsIgnoringCase("xoauth2")) return Mechanism.xoauth2;
  if (name.equalsIgnoringCase("oauthbearer")) return Mechanism.oauthbearer;
  if (name.equalsIgnoringCase("ntlm")) return Mechanism.ntlm;
  if (name.equalsIgnoringCase("gssapi")) return Mechanism.gssapi;
  if (name.equalsIgnoringCase("external")) return Mechanism.external;
  return Mechanism.other;
}

/** Whether the mechanism may put a security layer over what follows 235 (docs/smtp.md). */
export function mayWrap(mechanism: Mechanism): bool {
  return (
    mechanism == Mechanism.gssapi ||
    mechanism == Mechanism.digest_md5 ||
    mechanism == Mechanism.ntlm ||
    mechanism == Mechanism.other
  );
}

/** Whether the mechanism sends the password itself. */
export function sendsPassword(mechanism: Mechanism): bool {
  return mechanism == Mechanism.plain || mechanism == Mechanism.login;
}
