// What is secret in the conversations of transcripts, told by what it is and not by who wrote it.

import type { Step } from "../../host/testing/conversation.ts";

/** Shorter ones occur in words. */
const SHORTEST = 4;

/** Passwords, AUTH lines and SASL credentials that a client sends in a conversation of a protocol. */
export function secretsOf(protocol: string, steps: readonly Step[]): string[] {
  const found = protocol === "ldap" ? ldapSecrets(steps) : lineSecrets(steps);
  return [...new Set(found)].filter((secret) => secret.trim().length >= SHORTEST);
}

/** Words that a client sends as commands though an answer to a challenge was awaited. */
const COMMANDS =
  /^(quit|rset|noop|help|data|starttls|turn|stls|capa|stat|list|uidl|user|pass|auth|mail|rcpt|ehlo|helo|vrfy|expn|retr|dele|top|apop|xclient|etrn)\b/i;

/** SMTP's AUTH and X-EXPS with their answers to 334, POP3's PASS, APOP and AUTH with those to `+ `. */
function lineSecrets(steps: readonly Step[]): string[] {
  const found: string[] = [];
  const names = new Set<string>();
  let isAsked = false;
  for (const step of steps) {
    if (step.kind !== "send") continue;
    const text = Buffer.from(step.bytes).toString("latin1");
    if (step.peer === "server") {
      isAsked = /^(334|\+ )/m.test(text);
      continue;
    }
    for (const [, mechanism = "", initial = ""] of text.matchAll(/^(?:AUTH|X-EXPS) (\S+) +(\S+)/gim))
      found.push(...credentials(initial, mechanism));
    for (const [, name = ""] of text.matchAll(/^USER ([^\r\n]+)/gim)) names.add(name);
    for (const [, password = ""] of text.matchAll(/^PASS ([^\r\n]+)/gim)) found.push(password);
    for (const [, digest = ""] of text.matchAll(/^APOP \S+ (\S+)/gim)) found.push(digest);
    // Behind a pipelined AUTH come its answers, too.
    const behind = isAsked ? text : (/^(?:AUTH|X-EXPS) .*\r?\n([^]*)/im.exec(text)?.[1] ?? "");
    for (const line of behind.split(/\r?\n/)) {
      if (/^[A-Za-z0-9+/]+=*$/.test(line) && !COMMANDS.test(line)) found.push(...credentials(line, ""));
    }
  }
  // Whose password is his name shows it with that, where names are to be shown.
  return found.filter((secret) => !names.has(secret));
}

/** Base64 as it is, and the password in what it holds: behind the last NUL, the last blank, or all of it. */
function credentials(encoded: string, mechanism: string): string[] {
  const decoded = Buffer.from(encoded, "base64").toString("latin1");
  const isText = !/[^ -~\0]/.test(decoded) && encoded.length % 4 === 0;
  // Of LOGIN the first answer is a name; everything else ends with what only its owner knows.
  const last = decoded.split(/[\0 ]/).at(-1) ?? "";
  return isText && mechanism.toLowerCase() !== "login" ? [encoded, last] : [encoded];
}

const BIND = 0x60;
const PASSWD_MODIFY = Buffer.from("1.3.6.1.4.1.4203.1.11.1");

/** Choices of a bind whose value is a secret itself: simple, and the steps of Sicily. */
const PASSWORDS = [0x80, 0x89, 0x8a, 0x8b];

/** Wherever a bind or a change of a password is in the bytes; layers need not be undone. */
function ldapSecrets(steps: readonly Step[]): string[] {
  const bytes = Buffer.concat(
    steps.map((step) => (step.kind === "send" && step.peer === "client" ? step.bytes : Buffer.alloc(0))),
  );
  const found: string[] = [];
  for (let at = bytes.indexOf(BIND); at >= 0; at = bytes.indexOf(BIND, at + 1)) {
    const version = valueAt(bytes, at + 2, 0x02);
    const name = version && valueAt(bytes, version.end, 0x04);
    if (name === undefined) continue;
    // A step of Sicily may be no more than the name of its package, which is that of the bind, too.
    const values = PASSWORDS.map((tag) => valueAt(bytes, name.end, tag)?.text ?? "");
    found.push(...values.filter((value) => value !== name.text));
    const choice = valueAt(bytes, name.end, 0xa3);
    const mechanism = choice && valueAt(bytes, choice.start, 0x04);
    const sasl = mechanism && valueAt(bytes, mechanism.end, 0x04);
    if (sasl !== undefined) found.push(sasl.text, ...sasl.text.split("\0").slice(-1));
  }
  for (let at = bytes.indexOf(PASSWD_MODIFY); at >= 0; at = bytes.indexOf(PASSWD_MODIFY, at + 1)) {
    const value = valueAt(bytes, at + PASSWD_MODIFY.length, 0x81);
    const parts = value && valueAt(bytes, value.start, 0x30);
    // Who it is for comes first, if it is said; the old and the new password are [1] and [2].
    const who = parts && valueAt(bytes, parts.start, 0x80);
    let next = who?.end ?? parts?.start ?? bytes.length;
    for (const tag of [0x81, 0x82]) {
      const password = valueAt(bytes, next, tag);
      if (password === undefined) continue;
      found.push(password.text);
      next = password.end;
    }
  }
  return found;
}

/** The value of an element with this tag and a length of one octet. */
function valueAt(
  bytes: Buffer,
  at: number,
  tag: number,
): { readonly start: number; readonly end: number; readonly text: string } | undefined {
  const length = bytes[at + 1] ?? 0x80;
  if (bytes[at] !== tag || length >= 0x80) return undefined;
  const [start, end] = [at + 2, at + 2 + length];
  return { start, end, text: bytes.toString("latin1", start, end) };
}
