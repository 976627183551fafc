/** Samba as an Active Directory domain controller of which only LDAP and Kerberos run, and its own clients. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cluster } from "../../../host/envoy/bootstrap.ts";
import { runInside, startDaemon, workplace, type Ended } from "./installed.ts";
import { rootOf } from "./recipes.mjs";

/** The domain's naming context. */
export const DOMAIN = "DC=example,DC=com";

/** Who may do everything. */
export const ADMINISTRATOR = { name: "administrator", password: "Passw0rd!" } as const;

/** How one of its own clients authenticates within GSS-SPNEGO, and what it asks for. */
export interface Security {
  readonly mechanism: "kerberos" | "ntlm";
  /** Nothing, signed messages, or encrypted ones. */
  readonly protection: "plain" | "sign" | "seal";
}

/** A running domain controller. */
export interface Samba {
  /** For Envoy; its name is `samba`. */
  readonly cluster: object;
  /** Runs `ldbsearch`, `ldbadd` … as {@link ADMINISTRATOR} against a port of 127.0.0.1. */
  ldb(
    program: string,
    port: number,
    security: Security,
    args: readonly string[],
    input?: string,
  ): Promise<Ended>;
  stop(): Promise<void>;
}

/** Makes a domain of its own and starts it; takes 10 to 20 seconds. */
export async function startSamba(): Promise<Samba> {
  const place = workplace("samba");
  const configuration = `--configfile=${place.inside}/etc/smb.conf`;
  const etc = (file: string, text: string): void => writeFileSync(join(rootOf("samba"), "etc", file), text);
  etc("hosts", `127.0.0.1 localhost ${HOST}\n`);
  etc("krb5.conf", KERBEROS);
  await run(["domain", "provision", ...PROVISION, `--targetdir=${place.inside}`]);
  // Samba adds it by itself a while after its start, by a service that does not run here.
  await run(["spn", "add", `ldap/${HOST}`, "dc1$", configuration]);
  const daemon = await startDaemon(
    "samba",
    [
      ...["/usr/sbin/samba", "--foreground", "--no-process-group", "--model=single", configuration],
      ...OPTIONS.map((option) => `--option=${option}`),
      `--option=pid directory=${place.inside}`,
    ],
    [LDAP_PORT, KERBEROS_PORT].map((port) => ({ host: ADDRESS, port })),
  );
  return {
    cluster: clusterOf("samba"),
    ldb: (program, port, { mechanism, protection }, args, input) => {
      const kerberos = mechanism === "kerberos" ? "required" : "off";
      const name = mechanism === "kerberos" ? `${ADMINISTRATOR.name}@${REALM}` : ADMINISTRATOR.name;
      const options = [`--use-kerberos=${kerberos}`, `--option=clientldapsaslwrapping=${protection}`];
      const who = ["-U", `${name}%${ADMINISTRATOR.password}`];
      const url = ["-H", `ldap://${HOST}:${port}`];
      return runInside("samba", [program, configuration, ...options, ...url, ...who, ...args], input);
    },
    stop: async () => {
      await daemon.stop();
      place.remove();
    },
  };
}

/** Runs one of OpenLDAP's clients with a simple bind, as {@link ADMINISTRATOR} unless `args` say `-D`. */
export function openLdap(program: string, port: number, args: readonly string[], input = ""): Promise<Ended> {
  const who = ["-D", `${ADMINISTRATOR.name}@${REALM}`, "-w", ADMINISTRATOR.password];
  const command = [program, "-x", "-H", `ldap://127.0.0.1:${port}`, ...(args.includes("-D") ? [] : who)];
  return runInside("samba", [...command, ...args], input);
}

const REALM = "EXAMPLE.COM";
const HOST = "dc1.example.com";

/** Its ports cannot be chosen: an address of the loopback network that nobody else listens on. */
const ADDRESS = "127.0.99.1";
const LDAP_PORT = 389;
const KERBEROS_PORT = 88;

const PROVISION = [
  ...["--server-role=dc", "--dns-backend=NONE", "--host-name=dc1", "--host-ip=127.0.0.1"],
  ...[`--realm=${REALM}`, "--domain=EXAMPLE", `--adminpass=${ADMINISTRATOR.password}`],
];

const OPTIONS = [
  "server services=ldap,kdc",
  `interfaces=${ADDRESS}/8`,
  "bind interfaces only=yes",
  // Simple binds and unprotected sessions are taken too.
  "ldap server require strong auth=no",
  // It would make a certificate first.
  "tls enabled=no",
];

const KERBEROS = `[libdefaults]
default_realm = ${REALM}
dns_lookup_kdc = false
dns_lookup_realm = false
rdns = false
[realms]
${REALM} = {
  kdc = ${ADDRESS}
}
[domain_realm]
.example.com = ${REALM}
`;

async function run(args: readonly string[]): Promise<void> {
  const { code, output } = await runInside("samba", ["/usr/bin/samba-tool", ...args]);
  if (code !== 0) throw new Error(`samba-tool ended with ${String(code)}: ${output}`);
}

function clusterOf(name: string): object {
  const endpoint = { address: { socket_address: { address: ADDRESS, port_value: LDAP_PORT } } };
  const endpoints = [{ lb_endpoints: [{ endpoint }] }];
  return cluster(name, undefined, { load_assignment: { cluster_name: name, endpoints } });
}
