/** MIT's Kerberos on a port of 127.0.0.1: a realm with one user, and slapd's own key. */

import { anyPort } from "../../../../host/envoy/ports.ts";
import { orStop, runInside, startDaemon, workplace } from "../installed.ts";
import { PASSWORD } from "./directory.ts";

/** A running KDC. */
export interface Kerberos {
  /** Environment variables of the server whose key it knows. */
  readonly service: Readonly<Record<string, string>>;
  /** Those of a client that has a ticket, by the encryption of its keys. */
  readonly clients: Readonly<Record<"aes" | "rc4", Readonly<Record<string, string>>>>;
  stop(): Promise<void>;
}

const REALM = "EXAMPLE";

/** What RFC 4121 makes of messages, and what RFC 1964 and 4757 do. */
const ENCRYPTIONS = { aes: "aes256-cts-hmac-sha1-96", rc4: "arcfour-hmac" } as const;

/** Starts one; `user` has {@link PASSWORD} and tickets already. */
export async function startKerberos(host: string, user: string): Promise<Kerberos> {
  const place = workplace("slapd");
  const port = await anyPort();
  const profile = { KRB5_KDC_PROFILE: `${place.inside}/kdc.conf` };
  place.write("kdc.conf", kdcConf(place.inside, port));
  place.write("krb5.conf", krb5Conf(port));
  for (const [name, encryption] of Object.entries(ENCRYPTIONS))
    place.write(`${name}.conf`, krb5Conf(port, encryption));
  const common = { KRB5_CONFIG: `${place.inside}/krb5.conf` };
  const run = async (
    variables: Readonly<Record<string, string>>,
    command: readonly string[],
    input = "",
  ): Promise<void> => {
    const { code, output } = await runInside("slapd", [...environment(variables), ...command], input);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${String(code)}: ${output}`);
  };
  const administer = (query: string): Promise<void> =>
    run({ ...common, ...profile }, ["/usr/sbin/kadmin.local", "-q", query]);
  await run({ ...common, ...profile }, ["/usr/sbin/kdb5_util", "create", "-s", "-P", "master", "-r", REALM]);
  await administer(`addprinc -pw ${PASSWORD} ${user}`);
  await administer(`addprinc -randkey ldap/${host}`);
  await administer(`ktadd -k ${place.inside}/keytab ldap/${host}`);
  const daemon = await startDaemon(
    "slapd",
    [...environment({ ...common, ...profile }), "/usr/sbin/krb5kdc", "-n"],
    [port],
  );
  const clientOf = async (name: keyof typeof ENCRYPTIONS): Promise<Readonly<Record<string, string>>> => {
    const variables = {
      KRB5_CONFIG: `${place.inside}/${name}.conf`,
      KRB5CCNAME: `FILE:${place.inside}/${name}.cache`,
    };
    await run(variables, ["/usr/bin/kinit", user], `${PASSWORD}\n`);
    return variables;
  };
  const clients = async (): Promise<Kerberos["clients"]> => ({
    aes: await clientOf("aes"),
    rc4: await clientOf("rc4"),
  });
  const stop = async (): Promise<void> => {
    await daemon.stop();
    place.remove();
  };
  return {
    service: {
      ...common,
      KRB5_KTNAME: `${place.inside}/keytab`,
      KRB5RCACHENAME: "none:",
    },
    clients: await orStop({ stop }, clients()),
    stop,
  };
}

function environment(variables: Readonly<Record<string, string>>): string[] {
  return ["/usr/bin/env", ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
}

function krb5Conf(port: number, encryption?: string): string {
  const only = ["default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes"];
  return `[libdefaults]
default_realm = ${REALM}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
allow_rc4 = true
${encryption === undefined ? "" : only.map((key) => `${key} = ${encryption}\n`).join("")}
[realms]
${REALM} = {
  kdc = 127.0.0.1:${port}
}
[domain_realm]
.example = ${REALM}
`;
}

function kdcConf(place: string, port: number): string {
  return `[kdcdefaults]
kdc_listen = 127.0.0.1:${port}
kdc_tcp_listen = 127.0.0.1:${port}
[realms]
${REALM} = {
  database_name = ${place}/principal
  key_stash_file = ${place}/stash
  supported_enctypes = ${Object.values(ENCRYPTIONS)
    .map((one) => `${one}:normal`)
    .join(" ")}
}
[logging]
kdc = FILE:${place}/kdc.log
`;
}
