// Reads what Zeek made of its captures of SMTP: the files that its own tests compare with. The names in the book:
// `request mail`, `reply mail 250`, `mail delivered`, `weird …`, `message bytes`, `session tls`.

import { add, linesOf, rowsOf, type Book } from "./zeek.ts";

/** Zeek's names of commands and pseudo-commands as the metrics have them. */
const VERBS: Readonly<Record<string, string>> = {
  ">": "connect",
  ".": "eod",
  "**": "auth_response",
  "***": "auth_response",
  "(UNKNOWN)": "other",
  AUTH_ANSWER: "auth_response",
};

function verbOf(name: string): string {
  return VERBS[name] ?? name.toLowerCase();
}

/** Everything that one of Zeek's tests wrote down about a capture. */
export function bookOf(folder: string): Book {
  const book: Book = new Map();
  addLog(book, linesOf(folder, "smtp.log"));
  addCommands(book, linesOf(folder, "out"));
  addEvents(book, linesOf(folder, "smtp-events.log"));
  addWeird(book, linesOf(folder, "weird.log"));
  addFiles(book, linesOf(folder, "files.cut"));
  addConnections(book, linesOf(folder, "conn.log") ?? linesOf(folder, "conn.log.cut"));
  addLimits(book, linesOf(folder, "output"));
  return book;
}

/** A row of smtp.log per mail, and one for a session without any. */
function addLog(book: Book, lines: readonly string[] | undefined): void {
  if (lines === undefined) return;
  for (const row of rowsOf(lines)) {
    if (row.get("tls") === "T") add(book, "session tls");
    if (row.get("mailfrom") === "-" && row.get("rcptto") === "-") continue;
    const kind = row.get("last_reply")?.charAt(0);
    add(book, kind === "2" ? "mail delivered" : kind === "-" ? "mail unknown" : "mail refused");
  }
}

/** Lines `uid, T, VERB, …`, or `smtp_request, uid, T, VERB, …` and one `smtp_reply, uid, F, code, VERB, …` a line of a reply. */
function addCommands(book: Book, lines: readonly string[] | undefined): void {
  let last = "";
  for (const line of lines ?? []) {
    const command = /^(?:smtp_request, )?\w+, T, ([^,]*), /.exec(line)?.[1];
    if (command !== undefined) add(book, `request ${verbOf(command)}`);
    const [, uid = "", code = "", verb = ""] = /^smtp_reply, (\w+), F, (\d+), ([^,]*), /.exec(line) ?? [];
    const reply = uid === "" ? "" : `reply ${verbOf(verb)} ${code}`;
    // None of these sessions gets two equal replies in a row: equal lines are one reply.
    if (reply !== "" && reply + uid !== last) add(book, reply);
    last = reply + uid;
  }
}

/** Zeek's dump of events: a line with the event's name, then its arguments, one a line. */
function addEvents(book: Book, lines: readonly string[] | undefined): void {
  let event = "";
  let code = "";
  let verb = "";
  for (const line of lines ?? []) {
    const name = /^\S+ (\w+)$/.exec(line)?.[1];
    if (name !== undefined) event = name;
    const [, argument = "", value = ""] = /^ +\[\d\] (\w+): \w+ += (.*)$/.exec(line) ?? [];
    if (event === "smtp_request" && argument === "command") add(book, `request ${verbOf(value)}`);
    if (event !== "smtp_reply") continue;
    if (argument === "code") code = value;
    if (argument === "cmd") verb = verbOf(value);
    if (argument === "cont_resp" && value === "F") add(book, `reply ${verb} ${code}`);
  }
}

function addWeird(book: Book, lines: readonly string[] | undefined): void {
  if (lines === undefined) return;
  for (const row of rowsOf(lines)) {
    const name = row.get("name");
    if (name?.startsWith("smtp_") === true) add(book, `weird ${name}`);
  }
}

/** Connections that Zeek took for SMTP. */
function addConnections(book: Book, lines: readonly string[] | undefined): void {
  if (lines === undefined) return;
  for (const row of rowsOf(lines)) if (row.get("service") === "smtp") add(book, "session smtp");
}

/** Whole messages among the files that Zeek cut out of a session. */
function addFiles(book: Book, lines: readonly string[] | undefined): void {
  if (lines === undefined) return;
  for (const row of rowsOf(lines)) {
    if (row.get("mime_type") !== "message/rfc822") continue;
    add(book, "messages");
    add(book, "message bytes", Number(row.get("seen_bytes")) + Number(row.get("missing_bytes") ?? 0));
  }
}

function addLimits(book: Book, lines: readonly string[] | undefined): void {
  for (const line of lines ?? []) {
    const recipients = /^rcptto, (\d+)$/.exec(line)?.[1];
    if (recipients !== undefined) add(book, "recipients", Number(recipients));
  }
}
