import { words } from "../../../assembly/bytes/words";
import { Mechanism, mayWrap, sendsPassword } from "../../shared/wire/mechanisms";

/** How a client logs in (label `mechanism`, docs/pop3.md), in the order of `LOGINS`; a SASL mechanism is `sasl` + `Mechanism`. */
export const enum Login {
  /** USER and PASS (RFC 1939 §7). */
  user_pass,
  /** RFC 1939 §7. */
  apop,
  /** AUTH (RFC 5034): the first of the SASL mechanisms. */
  sasl,
}

/** Label values of `Login`, by its number: the two of POP3 itself, then `MECHANISMS`. */
export const LOGINS: string[] = words(`
  user_pass apop plain login cram_md5 digest_md5 scram xoauth2 oauthbearer ntlm gssapi external other
`);

/** AUTH with this mechanism. */
export function loginBy(mechanism: Mechanism): Login {
  return <Login>(Login.sasl + mechanism);
}

/** Whether the password itself is sent. */
export function showsPassword(login: Login): bool {
  if (login < Login.sasl) return login == Login.user_pass;
  return sendsPassword(<Mechanism>(login - Login.sasl));
}

/** Whether a security layer may lie over what follows. */
export function mayBeWrapped(login: Login): bool {
  return login >= Login.sasl && mayWrap(<Mechanism>(login - Login.sasl));
}
