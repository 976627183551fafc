/** Dovecot: LMTP on a port of 127.0.0.1, and the authentication that Postfix asks. */

import { chownSync } from "node:fs";
import { startDaemon, workplace } from "./installed.ts";

/** Mailboxes: `full` is over its quota (552), `broken` cannot be written to (451), `unknown` does not exist. */
export const MAILBOXES = {
  one: "one@mx.example",
  two: "two@mx.example",
  full: "full@mx.example",
  broken: "broken@mx.example",
  unknown: "nobody@mx.example",
} as const;

/** Who may authenticate. */
export const LOGIN = { name: "one@mx.example", password: "secret" } as const;

/** A running Dovecot. */
export interface Dovecot {
  readonly lmtp: number;
  readonly auth: number;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Starts it on these ports. */
export async function startDovecot(lmtp: number, auth: number): Promise<Dovecot> {
  const place = workplace("dovecot");
  place.write("users", usersFile(place.inside));
  place.write("dovecot.conf", configuration(place.inside, lmtp, auth));
  place.folder("mail");
  chownSync(`${place.outside}/mail`, VMAIL, VMAIL);
  const command = ["/usr/sbin/dovecot", "-F", "-c", `${place.inside}/dovecot.conf`];
  const daemon = await startDaemon("dovecot", command, [lmtp, auth]);
  return {
    lmtp,
    auth,
    log: () => place.read("dovecot.log") + daemon.output(),
    stop: async () => {
      await daemon.stop();
      place.remove();
    },
  };
}

/** Ids of `vmail` in the root file system (recipes.mjs). */
const VMAIL = 902;

function usersFile(place: string): string {
  const line = (address: string, home = "mail", more = ""): string =>
    `${address}:{PLAIN}${LOGIN.password}:${VMAIL}:${VMAIL}::${place}/${home}/${address}::${more}\n`;
  return [
    line(MAILBOXES.one),
    line(MAILBOXES.two),
    line(MAILBOXES.full, "mail", "userdb_quota_rule=*:bytes=1"),
    line(MAILBOXES.broken, "nowhere"),
  ].join("");
}

function configuration(place: string, lmtp: number, auth: number): string {
  return `
base_dir = ${place}/run
state_dir = ${place}/state
log_path = ${place}/dovecot.log
ssl = no
listen = 127.0.0.1
protocols = lmtp
hostname = mx.example
postmaster_address = postmaster@mx.example
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_home = ${place}/mail/%u
first_valid_uid = 1
lmtp_rcpt_check_quota = no
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
}
passdb {
  driver = passwd-file
  args = ${place}/users
}
userdb {
  driver = passwd-file
  args = ${place}/users
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtp}
  }
}
# Else every failure makes the next one wait.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = ${auth}
  }
}
`;
}
