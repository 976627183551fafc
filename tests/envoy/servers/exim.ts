/** Exim: as a server on a port of 127.0.0.1, and as a client that sends to one. */

import { chownSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInside, startDaemon, workplace, type Workplace } from "./installed.ts";
import { rootOf } from "./recipes.mjs";

/** Recipients of the server: what it says to RCPT, and with PRDR to the message. */
export const RECIPIENTS = {
  known: "user@mx.example",
  other: "other@mx.example",
  /** Refused at RCPT: 550. */
  unknown: "nobody@mx.example",
  /** Deferred at RCPT: 451. */
  busy: "busy@mx.example",
  /** Accepted at RCPT; with PRDR it refuses the message. */
  picky: "picky@mx.example",
} as const;

/** Who may authenticate. */
export const ACCOUNT = { name: "ann", password: "secret" } as const;

/** A message whose subject this is the server refuses behind its end. */
export const REFUSED_SUBJECT = "refused";

/** A running Exim. */
export interface Exim {
  readonly port: number;
  /** Its main log. */
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Starts a server: CHUNKING, PRDR, PIPECONNECT, AUTH PLAIN and LOGIN; mail is taken and thrown away. */
export async function startExim(port: number): Promise<Exim> {
  const place = prepared(serverConfiguration);
  const command = ["/usr/sbin/exim4", "-C", `${place.inside}/exim.conf`, "-bdf", "-oX", `127.0.0.1.${port}`];
  const daemon = await startDaemon("exim", [...command, "-oP", `${place.inside}/pid`], [port]);
  return {
    port,
    log: () => place.read("mainlog") + place.read("paniclog") + daemon.output(),
    stop: async () => {
      await daemon.stop();
      place.remove();
    },
  };
}

/** Exim as a client of one port; what it learns of a server it keeps (PIPECONNECT needs that). */
export interface EximClient {
  /** Sends one message and waits for its end. */
  send(to: readonly string[], message: string): Promise<void>;
  readonly log: () => string;
  remove(): void;
}

/** Makes one. */
export function eximClient(port: number): EximClient {
  const place = prepared((inside) => clientConfiguration(inside, port));
  const conf = `${place.inside}/exim.conf`;
  return {
    send: async (to, message) => {
      const command = ["/usr/sbin/exim4", "-C", conf, "-odf", "-oi", "-f", "sender@client.example", ...to];
      const { code, output } = await runInside("exim", command, message);
      if (code !== 0) throw new Error(`exim ended with ${code}: ${output}${place.read("paniclog")}`);
    },
    log: () => place.read("mainlog") + place.read("paniclog"),
    remove: () => place.remove(),
  };
}

/** Uid and gid of `Debian-exim` in the root file system (recipes.mjs). */
const EXIM_ID = 900;

function prepared(configuration: (place: string) => string): Workplace {
  const place = workplace("exim");
  place.write("exim.conf", configuration(place.inside));
  place.folder("spool");
  for (const folder of ["", "spool"]) chownSync(join(place.outside, folder), EXIM_ID, EXIM_ID);
  trustAll();
  return place;
}

/** Exim drops root's rights for a configuration that is not listed here. */
function trustAll(): void {
  const runs = readdirSync(join(rootOf("exim"), "tmp")).map((run) => `/tmp/${run}/exim.conf`);
  const there = runs.filter((conf) => existsSync(join(rootOf("exim"), conf)));
  writeFileSync(join(rootOf("exim"), "etc/exim4/trusted_configs"), there.map((conf) => `${conf}\n`).join(""));
}

function common(place: string): string {
  return `
spool_directory = ${place}/spool
log_file_path = ${place}/%slog
keep_environment =
add_environment = PATH=/usr/bin
disable_ipv6
qualify_domain = client.example
rfc1413_query_timeout = 0s
host_lookup =
tls_advertise_hosts =
never_users =
`;
}

function serverConfiguration(place: string): string {
  return `${common(place)}
primary_hostname = mx.example
log_selector = +pipelining +smtp_confirmation +incoming_port +smtp_connection +received_recipients
smtp_accept_max = 100
smtp_accept_max_nonmail = 100
prdr_enable = true
pipelining_connect_advertise_hosts = *
message_size_limit = 50K
acl_smtp_rcpt = acl_rcpt
acl_smtp_data_prdr = acl_prdr
acl_smtp_data = acl_data
acl_smtp_vrfy = accept
begin acl
acl_rcpt:
  deny recipients = ${RECIPIENTS.unknown}
    message = no such user
  defer recipients = ${RECIPIENTS.busy}
    message = busy
  accept
acl_prdr:
  deny condition = \${if eq{$local_part@$domain}{${RECIPIENTS.picky}}}
    message = not this one
  accept
acl_data:
  deny condition = \${if eq{$h_subject:}{${REFUSED_SUBJECT}}}
    message = not this one
  accept
begin routers
nowhere:
  driver = redirect
  data = :blackhole:
begin transports
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${ACCOUNT.name}}}{eq{$auth3}{${ACCOUNT.password}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{${ACCOUNT.name}}}{eq{$auth2}{${ACCOUNT.password}}}}}
  server_set_id = $auth1
`;
}

function clientConfiguration(place: string, port: number): string {
  return `${common(place)}
primary_hostname = client.example
log_selector = +pipelining +smtp_confirmation
begin routers
bounces:
  driver = redirect
  domains = client.example
  data = :blackhole:
there:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = ${port}
  allow_localhost
  hosts_try_chunking = *
  hosts_try_prdr = *
  hosts_pipe_connect = *
  hosts_avoid_tls = *
  command_timeout = 20s
  final_timeout = 20s
begin retry
* * F,1d,1d
`;
}
