/** Dovecot's POP3 on a port of 127.0.0.1, with mailboxes of its own, and what it writes down of each session. */

import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInside, startDaemon, workplace, type Workplace } from "./installed.ts";

/** Of every mailbox. */
export const PASSWORD = "sesame";

/** What Dovecot's line at the end of a session says of it. */
export interface Logout {
  readonly user: string;
  /** That the connection came from. Later sessions may have the same. */
  readonly port: number;
  /** Why it ended: `Logged out`, `Connection closed`, … */
  readonly reason: string;
  /** TOP commands, and octets of their answers: status lines, stuffing, no dot lines. */
  readonly top: readonly [commands: number, octets: number];
  /** RETR commands, likewise. */
  readonly retr: readonly [commands: number, octets: number];
  /** Messages that were deleted, and those that were there. */
  readonly del: readonly [deleted: number, messages: number];
  /** Octets of the mailbox. */
  readonly size: number;
}

/** A running Dovecot. */
export interface DovecotPop3 {
  readonly port: number;
  readonly log: () => string;
  /** The sessions that logged in and have ended, in that order. */
  logouts(): Logout[];
  /** Attempts to log in that failed, of sessions that never succeeded. */
  failedAttempts(): number;
  stop(): Promise<void>;
}

/** Starts it with a mailbox for each of `users`, each with `messages`, lines ended with LF. */
export async function startPop3(
  port: number,
  users: readonly string[],
  messages: readonly string[],
): Promise<DovecotPop3> {
  const place = workplace("dovecot");
  await certify(place);
  place.folder("mail");
  chownSync(join(place.outside, "mail"), VMAIL, VMAIL);
  for (const user of users) fill(join(place.outside, "mail", user), messages);
  place.write("users", users.map((user) => usersLine(user, place.inside)).join(""));
  place.write("dovecot.conf", configuration(place.inside, port));
  const command = ["/usr/sbin/dovecot", "-F", "-c", `${place.inside}/dovecot.conf`];
  const daemon = await startDaemon("dovecot", command, [port]);
  const log = (): string => place.read("dovecot.log") + daemon.output();
  return {
    port,
    log,
    logouts: () => logoutsIn(log()),
    failedAttempts: () => sumOf(log(), /auth failed, (\d+) attempts/g),
    stop: async () => {
      await daemon.stop();
      place.remove();
    },
  };
}

/** Ids of `vmail` in the root file system (recipes.mjs). */
const VMAIL = 902;

/** A maildir, as deliveries would have left it. */
function fill(home: string, messages: readonly string[]): void {
  const folders = [
    home,
    join(home, "Maildir"),
    ...["cur", "new", "tmp"].map((f) => join(home, "Maildir", f)),
  ];
  for (const folder of folders) {
    mkdirSync(folder);
    chownSync(folder, VMAIL, VMAIL);
  }
  messages.forEach((text, i) => {
    const path = join(home, "Maildir", "new", `${1_700_000_000 + i}.M${i}P1.mx.example`);
    writeFileSync(path, text, "latin1");
    chownSync(path, VMAIL, VMAIL);
  });
}

function usersLine(user: string, place: string): string {
  return `${user}:{PLAIN}${PASSWORD}:${VMAIL}:${VMAIL}::${place}/mail/${user}::\n`;
}

async function certify(place: Workplace): Promise<void> {
  const { code, output } = await runInside("dovecot", [
    ...["/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
    ...["-subj", "/CN=mx.example", "-keyout", `${place.inside}/server.key`],
    ...["-out", `${place.inside}/server.pem`],
  ]);
  if (code !== 0) throw new Error(`no certificate: ${output}`);
}

/** `pop3-login: Info: Login: …, rport=1, session=<x>` begins a session, `pop3(user)<pid><x>: Info: … top=0/0, …` ends it. */
function logoutsIn(log: string): Logout[] {
  const ports = new Map<string, number>();
  for (const [, port, session = ""] of log.matchAll(/: Login: .*rport=(\d+), session=<([^>]*)>/g))
    ports.set(session, Number(port));
  return [...log.matchAll(LOGOUT)].map(([, user = "", session = "", reason = "", books = ""]) => {
    const [t = 0, tb = 0, r = 0, rb = 0, d = 0, m = 0, size = 0] = [...books.matchAll(/\d+/g)].map(Number);
    return { user, port: ports.get(session) ?? 0, reason, top: [t, tb], retr: [r, rb], del: [d, m], size };
  });
}

const LOGOUT = /pop3\(([^)]*)\)<\d+><([^>]*)>: Info: Disconnected: (.*?) (top=.*)$/gm;

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0);
}

function configuration(place: string, port: number): string {
  return `
base_dir = ${place}/run
state_dir = ${place}/state
log_path = ${place}/dovecot.log
ssl = yes
ssl_cert = <${place}/server.pem
ssl_key = <${place}/server.key
listen = 127.0.0.1
protocols = pop3
hostname = mx.example
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
auth_failure_delay = 0
mail_location = maildir:~/Maildir
first_valid_uid = 1
# Clients of tests come from one address, many at a time.
mail_max_userip_connections = 1000
login_log_format_elements = user=<%u> method=%m rport=%b session=<%{session}>
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${place}/users
}
userdb {
  driver = passwd-file
  args = ${place}/users
}
service pop3-login {
  inet_listener pop3 {
    address = 127.0.0.1
    port = ${port}
  }
  inet_listener pop3s {
    port = 0
  }
}
# Else every failure makes the next one wait.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`;
}
