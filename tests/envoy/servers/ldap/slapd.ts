/** OpenLDAP: slapd on ports of 127.0.0.1, and its clients. */

import { rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyPort } from "../../../../host/envoy/ports.ts";
import { runInside, startDaemon, workplace, type Daemon, type Ended, type Workplace } from "../installed.ts";
import { ADMIN, CODES, LIMITED, person, seed, SUFFIX } from "./directory.ts";
import type { Kerberos } from "./kerberos.ts";

/** The machine's name in the root file system (setup.mjs), and in the certificate. */
export const HOST = "mx.example";

/** A running slapd. */
export interface Slapd {
  readonly port: number;
  readonly tlsPort: number;
  /** Path of the socket of its `ldapi` listener, seen from outside. */
  readonly socket: string;
  /** Environment variables with which its clients trust its certificate, and show it as their own. */
  readonly trust: Readonly<Record<string, string>>;
  readonly place: Workplace;
  readonly output: () => string;
  stop(): Promise<void>;
}

/** Entries below {@link CODES} and what is answered to operations on them. */
const ANSWERS = [
  ...['"cn=busy" 0x33', '"cn=unavailable" 0x34', '"cn=other" 0x50', '"cn=loop" 0x36'],
  '"cn=slow" 0x03 sleeptime=1',
  '"cn=leaving" 0x34 unsolicited=1.3.6.1.4.1.1466.20036',
  '"cn=resting" 0x00 sleeptime=1',
];

/** Starts one with the directory as it is in the beginning. */
export async function startSlapd(kerberos?: Kerberos): Promise<Slapd> {
  const place = workplace("slapd");
  const [port, tlsPort] = [await anyPort(), await anyPort()];
  place.folder("db");
  place.folder("codes");
  await certify(place);
  place.write("slapd.conf", configuration(place.inside));
  place.write("seed.ldif", seed());
  await run([
    "/usr/sbin/slapadd",
    "-q",
    "-f",
    `${place.inside}/slapd.conf`,
    "-l",
    `${place.inside}/seed.ldif`,
  ]);
  const socket = encodeURIComponent(`${place.inside}/ldapi`);
  const listeners = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort} ldapi://${socket}`;
  const daemon = await startDaemon(
    "slapd",
    [
      ...environment(kerberos?.service ?? {}),
      ...["/usr/sbin/slapd", "-h", listeners, "-f", `${place.inside}/slapd.conf`, "-d", "0"],
    ],
    [port, tlsPort],
  );
  // A socket's path may have 108 octets, which the project's may exceed.
  const link = join(tmpdir(), `heirloom-slapd-${port}`);
  symlinkSync(place.outside, link);
  return {
    port,
    tlsPort,
    socket: `${link}/ldapi`,
    trust: {
      LDAPTLS_CACERT: `${place.inside}/server.pem`,
      LDAPTLS_CERT: `${place.inside}/server.pem`,
      LDAPTLS_KEY: `${place.inside}/server.key`,
    },
    place,
    output: daemon.output,
    stop: async () => {
      await daemon.stop();
      rmSync(link, { force: true });
      place.remove();
    },
  };
}

/** How a client is run. */
export interface ClientOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs one of OpenLDAP's clients to its end. */
export function client(command: readonly string[], options: ClientOptions = {}): Promise<Ended> {
  return runInside("slapd", withEnvironment(command, options), options.input ?? "");
}

/** Starts one that goes on until it is stopped. */
export function lastingClient(command: readonly string[], options: ClientOptions = {}): Promise<Daemon> {
  return startDaemon("slapd", withEnvironment(command, options), []);
}

function withEnvironment([program = "", ...args]: readonly string[], options: ClientOptions): string[] {
  return [...environment(options.environment ?? {}), `/usr/bin/${program}`, ...args];
}

function environment(variables: Readonly<Record<string, string>>): string[] {
  return ["/usr/bin/env", ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
}

/** Of itself, for the server's name and address. */
function certify(place: Workplace): Promise<void> {
  return run([
    ...["/usr/bin/openssl", "req", "-x509", "-nodes", "-days", "30"],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST},IP:127.0.0.1`],
    ...["-keyout", `${place.inside}/server.key`, "-out", `${place.inside}/server.pem`],
  ]);
}

async function run(command: readonly string[]): Promise<void> {
  const { code, output } = await runInside("slapd", command);
  if (code !== 0) throw new Error(`${command[0] ?? ""} ended with ${String(code)}: ${output}`);
}

function configuration(place: string): string {
  const schemas = ["core", "cosine", "inetorgperson"].map(
    (name) => `include /etc/ldap/schema/${name}.schema\n`,
  );
  const modules = ["back_mdb", "back_monitor", "sssvlv", "syncprov", "ppolicy", "retcode"].map(
    (name) => `moduleload ${name}\n`,
  );
  return `${schemas.join("")}
modulepath /usr/lib/ldap
${modules.join("")}
pidfile ${place}/pid
TLSCertificateFile ${place}/server.pem
TLSCertificateKeyFile ${place}/server.key
TLSCACertificateFile ${place}/server.pem
TLSVerifyClient try
# What DIGEST-MD5 and SCRAM need, and PLAIN without TLS.
password-hash {CLEARTEXT}
sasl-host ${HOST}
sasl-secprops none
authz-regexp uid=([^,]*),(cn=[^,]*,)?cn=[^,]*,cn=auth uid=$1,ou=people,${SUFFIX}
sizelimit unlimited
threads 4

database mdb
suffix ${SUFFIX}
directory ${place}/db
maxsize 104857600
dbnosync
rootdn ${ADMIN.name}
rootpw ${ADMIN.password}
index objectClass,uid,entryCSN,entryUUID eq
limits dn.exact=${person(LIMITED)} size.unchecked=10
overlay sssvlv
overlay ppolicy
ppolicy_default cn=policy,${SUFFIX}
ppolicy_use_lockout
overlay syncprov

database mdb
suffix dc=codes
directory ${place}/codes
maxsize 10485760
rootdn cn=admin,dc=codes
overlay retcode
retcode-parent ${CODES}
${ANSWERS.map((answer) => `retcode-item ${answer}\n`).join("")}
database monitor
`;
}
