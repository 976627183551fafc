/** Samba as an Active Directory domain controller of which only LDAP runs, and its own clients. */

import { cluster } from "../../../bench/envoy-config.ts";
import { runInside, startDaemon, workplace, type Ended } from "./installed.ts";

/** The domain: its naming context, its short name, and who may do everything. */
export const DOMAIN = { suffix: "DC=example,DC=com", short: "EXAMPLE", realm: "EXAMPLE.COM" } as const;
export const ADMINISTRATOR = { name: "administrator", password: "Passw0rd!" } as const;

/** Its ports cannot be chosen: an address of the loopback network that nobody else listens on. */
const ADDRESS = "127.0.99.1";
const PORT = 389;

/** A running domain controller. */
export interface Samba {
  /** For Envoy; its name is `samba`. */
  readonly cluster: object;
  /** Runs one of its own clients (`ldbsearch` …) with NTLM in GSS-SPNEGO, against a port of 127.0.0.1. */
  client(
    program: string,
    port: number,
    protection: Protection,
    args: readonly string[],
    input?: string,
  ): Promise<Ended>;
  stop(): Promise<void>;
}

/** What a client asks for; Samba takes each. */
export type Protection = "plain" | "sign" | "seal";

/** Makes a domain of its own and starts it; takes five to fifteen seconds. */
export async function startSamba(): Promise<Samba> {
  const place = workplace("samba");
  const configuration = `${place.inside}/etc/smb.conf`;
  const provision = [
    ...["/usr/bin/samba-tool", "domain", "provision", "--server-role=dc", "--dns-backend=NONE"],
    ...[`--realm=${DOMAIN.realm}`, `--domain=${DOMAIN.short}`, "--host-name=dc1", "--host-ip=127.0.0.1"],
    ...[`--adminpass=${ADMINISTRATOR.password}`, `--targetdir=${place.inside}`],
  ];
  const { code, output } = await runInside("samba", provision);
  if (code !== 0) throw new Error(`samba-tool ended with ${String(code)}: ${output}`);
  const options = {
    "server services": "ldap",
    interfaces: `${ADDRESS}/8`,
    "bind interfaces only": "yes",
    "pid directory": place.inside,
    // Simple binds are to be accepted, and nothing encrypted but what asks for it.
    "ldap server require strong auth": "no",
    "tls enabled": "no",
  };
  const daemon = await startDaemon(
    "samba",
    [
      ...["/usr/sbin/samba", "--foreground", "--no-process-group", "--model=single"],
      `--configfile=${configuration}`,
      ...Object.entries(options).map(([name, value]) => `--option=${name}=${value}`),
    ],
    [{ host: ADDRESS, port: PORT }],
  );
  return {
    cluster: clusterOf("samba", ADDRESS, PORT),
    client: (program, port, protection, args, input) =>
      runInside(
        "samba",
        [
          ...[program, `--configfile=${configuration}`, `--option=clientldapsaslwrapping=${protection}`],
          ...["-H", `ldap://127.0.0.1:${port}`],
          ...["-U", `${DOMAIN.short}\\${ADMINISTRATOR.name}%${ADMINISTRATOR.password}`],
          ...args,
        ],
        input,
      ),
    stop: async () => {
      await daemon.stop();
      place.remove();
    },
  };
}

function clusterOf(name: string, address: string, port: number): object {
  const endpoint = { address: { socket_address: { address, port_value: port } } };
  const endpoints = [{ lb_endpoints: [{ endpoint }] }];
  return cluster(name, undefined, { load_assignment: { cluster_name: name, endpoints } });
}

/** Runs one of OpenLDAP's clients with a simple bind as {@link ADMINISTRATOR}, unless `args` say `-D`. */
export function ldapClient(
  program: string,
  port: number,
  args: readonly string[],
  input = "",
): Promise<Ended> {
  const who = ["-D", `${ADMINISTRATOR.name}@example.com`, "-w", ADMINISTRATOR.password];
  const bind = args.includes("-D") ? [] : who;
  return runInside("samba", [program, "-x", "-H", `ldap://127.0.0.1:${port}`, ...bind, ...args], input);
}
