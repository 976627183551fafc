/** Postfix as a server on a port of 127.0.0.1, and what it logs of its sessions. */

import { chownSync } from "node:fs";
import { vi } from "vitest";
import { startDaemon, workplace, type Daemon } from "./installed.ts";

/** Uid and gid of `postfix` in the root file system (recipes.mjs). */
const POSTFIX_ID = 900;

/** A recipient that exists, one that does not, one that is busy, one that is deferred by name. */
export const PEOPLE = {
  known: "user@mx.example",
  unknown: "nobody@mx.example",
  busy: "busy@mx.example",
} as const;

/** Longest message it takes, in octets. */
export const MAX_MESSAGE = 20_000;

/** After so many errors it leaves with 421. */
export const HARD_ERROR_LIMIT = 20;

/** A session as Postfix saw it when it was over. */
export interface PostfixSession {
  /** Port of the client, that is the proxy's own port. */
  readonly port: number;
  /** `ehlo=1 mail=1 rcpt=1/2 … commands=4/5`. */
  readonly commands: string;
}

/** A running Postfix. */
export interface Postfix {
  readonly port: number;
  /** All it has logged. */
  readonly log: () => string;
  /** Sessions that are over, in order. */
  readonly sessions: () => PostfixSession[];
  stop(): Promise<void>;
}

/** Starts Postfix. Mail for mx.example is taken and thrown away; `auth`: the port of the Dovecot that knows the users. */
export async function startPostfix(port: number, auth: number): Promise<Postfix> {
  const place = workplace("postfix");
  place.write("main.cf", mainCf(place.inside, auth));
  place.write("master.cf", masterCf(port));
  for (const folder of QUEUES) {
    place.folder(`spool/${folder}`);
    chownSync(`${place.outside}/spool/${folder}`, POSTFIX_ID, 0);
  }
  place.folder("spool/pid");
  place.folder("data");
  chownSync(`${place.outside}/data`, POSTFIX_ID, POSTFIX_ID);
  const command = ["/usr/lib/postfix/sbin/master", "-s", "-c", place.inside];
  const daemon: Daemon = await startDaemon("postfix", command, [port]);
  const log = (): string => place.read("mail.log") + daemon.output();
  // The first session is that of the look whether it accepts.
  await vi.waitFor(() => {
    if (sessionsIn(log()).length === 0) throw new Error(`Postfix logs no sessions: ${log()}`);
  });
  return {
    port,
    log,
    sessions: () => sessionsIn(log()).slice(1),
    stop: async () => {
      await daemon.stop();
      place.remove();
    },
  };
}

const QUEUES = [
  ...["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop"],
  ...["private", "public", "saved", "trace"],
];

function sessionsIn(log: string): PostfixSession[] {
  const lines = log.matchAll(/disconnect from \S+\[127\.0\.0\.1\]:(\d+) (.*)$/gm);
  return [...lines].map(([, port = "", commands = ""]) => ({ port: Number(port), commands }));
}

function mainCf(place: string, auth: number): string {
  return `
compatibility_level = 3.6
config_directory = ${place}
queue_directory = ${place}/spool
data_directory = ${place}/data
maillog_file = ${place}/mail.log
maillog_file_prefixes = ${place}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
relay_domains = mx.example
default_transport = discard
relay_transport = discard
smtpd_client_port_logging = yes
smtpd_peername_lookup = no
smtpd_recipient_restrictions =
  check_recipient_access inline:{
    { ${PEOPLE.unknown} = 550 5.1.1 no such user }
    { ${PEOPLE.busy} = 450 4.2.1 busy }
  }, permit_mynetworks, reject
smtpd_sender_restrictions = check_sender_access inline:{ { spammer@client.example = 554 5.7.1 not from you } }
message_size_limit = ${MAX_MESSAGE}
smtpd_error_sleep_time = 0
smtpd_junk_command_limit = 100
smtpd_hard_error_limit = ${HARD_ERROR_LIMIT}
in_flow_delay = 0
enable_long_queue_ids = yes
disable_vrfy_command = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:${auth}
`;
}

function masterCf(port: number): string {
  return `
127.0.0.1:${port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
error unix - - n - - error
discard unix - - n - - discard
flush unix n - n 1000? 0 flush
`;
}
