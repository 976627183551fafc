/** 389 Directory Server: an instance of its own for each run, made from the templates that the package brings. */

import { chmodSync, lchownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { runInside, startDaemon, workplace, type Ended } from "./installed.ts";
import { rootOf } from "./recipes.mjs";

/** The naming context of an instance. */
export const SUFFIX = "dc=t";

/** Who may do everything, whatever the limits and access controls. */
export const MANAGER = { name: "cn=Directory Manager", password: "secret" } as const;

/** A running instance. */
export interface Ds389 {
  readonly port: number;
  /** What it has logged of its clients so far; empty unless `accessLog` is on. */
  readonly accessLog: () => string;
  readonly errorLog: () => string;
  stop(): Promise<void>;
}

/** What an instance is started with. */
export interface Ds389Options {
  /** Entries to begin with beside that of {@link SUFFIX}, as LDIF, each behind an empty line. */
  readonly ldif?: string;
  /** Whether it logs each operation, at once: that costs a write each. Default off. */
  readonly accessLog?: "on" | "off";
}

/** Starts an instance that listens on `port` of 127.0.0.1; takes about a second. */
export async function startDs389(port: number, options: Ds389Options = {}): Promise<Ds389> {
  prepareRoot();
  const place = workplace("ds389");
  for (const folder of FOLDERS) place.folder(folder);
  place.write("dse.ldif", instance(place.inside, port, options.accessLog ?? "off"));
  place.write("schema/99user.ldif", "dn: cn=schema\n");
  giveAway(place.outside);
  const command = ["/usr/sbin/ns-slapd", "-D", place.inside, "-i", `${place.inside}/pid`, "-d", "0"];
  const errorLog = (): string => place.read("log/errors");
  const remove = (): void => {
    place.remove();
    rmSync(join(rootOf("ds389"), "dev/shm", `sem.${basename(place.inside)}.stats`), { force: true });
  };
  let stop = async (): Promise<void> => undefined;
  try {
    const daemon = await startDaemon("ds389", command, [port]);
    stop = () => daemon.stop();
    const added = await runClient("ldapadd", port, [], ROOT_ENTRY + (options.ldif ?? ""));
    if (added.code !== 0) throw new Error(`ldapadd ended with ${added.code}: ${added.output}`);
  } catch (error) {
    const log = errorLog();
    await stop();
    remove();
    throw new Error(`no instance of ds389: ${log}`, { cause: error });
  }
  return {
    port,
    accessLog: () => place.read("log/access"),
    errorLog,
    stop: async () => {
      await stop();
      remove();
    },
  };
}

/** Runs one of OpenLDAP's clients (`ldapsearch` …) with a simple bind, as {@link MANAGER} unless `options` say `-D`. */
export function runClient(
  program: string,
  port: number,
  options: readonly string[] = [],
  input = "",
): Promise<Ended> {
  const who = options.includes("-D") ? [] : ["-D", MANAGER.name, "-w", MANAGER.password];
  return runInside("ds389", [program, "-x", "-H", `ldap://127.0.0.1:${port}`, ...who, ...options], input);
}

const FOLDERS = ["schema", "log", "db", "ldif", "bak", "lock"];

/** Everybody may read, nobody sees a password; people may change their own entries. */
const ROOT_ENTRY = `dn: ${SUFFIX}
objectClass: domain
dc: t
aci: (targetattr != "userPassword")(version 3.0; acl "all"; allow (read, search, compare) userdn = "ldap:///anyone";)
aci: (targetattr = "*")(version 3.0; acl "self"; allow (write) userdn = "ldap:///self";)
`;

/** Id of `dirsrv` in the root file system (recipes.mjs). */
const DIRSRV = 900;

/** What the server reads of the kernel's, without which it ends by a fault; it sizes its caches by the memory. */
const KERNEL_FILES = {
  "proc/meminfo": "MemTotal: 1048576 kB\nMemFree: 524288 kB\nMemAvailable: 524288 kB\n",
  "proc/self/cgroup": "0::/\n",
};

function prepareRoot(): void {
  const root = rootOf("ds389");
  // A semaphore lies there.
  const shared = join(root, "dev/shm");
  mkdirSync(shared, { recursive: true });
  chmodSync(shared, 0o1777);
  mkdirSync(join(root, "proc/self"), { recursive: true });
  for (const [file, text] of Object.entries(KERNEL_FILES)) writeFileSync(join(root, file), text);
}

/** The server gives up root's rights and writes to all of its folders. */
function giveAway(folder: string): void {
  lchownSync(folder, DIRSRV, DIRSRV);
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    lchownSync(join(folder, entry), DIRSRV, DIRSRV);
}

/** The whole configuration, `dse.ldif`. */
function instance(place: string, port: number, accessLog: "on" | "off"): string {
  const values: Record<string, string> = {
    ...{ schema_dir: `${place}/schema`, lock_dir: `${place}/lock`, tmp_dir: "/tmp", cert_dir: place },
    ...{ ldif_dir: `${place}/ldif`, bak_dir: `${place}/bak`, run_dir: place, inst_dir: place },
    ...{ log_dir: `${place}/log`, config_dir: "/etc/dirsrv/config" },
    ...{ db_dir: `${place}/db`, db_home_dir: `${place}/db`, db_lib: "bdb" },
    ...{ fqdn: "localhost", ds_port: String(port), ds_user: "dirsrv" },
    ...{ rootdn: MANAGER.name, ds_passwd: `{CLEAR}${MANAGER.password}` },
    ...{ ldapi_enabled: "off", ldapi: `${place}/ldapi`, ldapi_autobind: "off" },
    ...{ ds_suffix: SUFFIX, ds_bename: "userRoot" },
  };
  const filled = [template("dse"), template("suffix-db")]
    .join("\n\n")
    .replace(/%(\w+)%/g, (token, name: string) => values[name] ?? token);
  return SETTINGS.reduce(
    (text, [entry, lines]) => text.replace(`dn: ${entry}\n`, (dn) => `${dn}${lines}`),
    filled.replace("dn: cn=config\n", (dn) => `${dn}nsslapd-accesslog-logging-enabled: ${accessLog}\n`),
  );
}

/** What differs from the templates. */
const SETTINGS: readonly (readonly [entry: string, lines: string])[] = [
  [
    "cn=config",
    [
      "nsslapd-listenhost: 127.0.0.1",
      "nsslapd-accesslog-logbuffering: off",
      "nsslapd-threadnumber: 8",
      // Hashes are made to take time.
      "passwordStorageScheme: CLEAR",
      "nsslapd-enable-upgrade-hash: off",
      "",
    ].join("\n"),
  ],
  // The data need not survive the machine.
  ["cn=config,cn=ldbm database,cn=plugins,cn=config", "nsslapd-db-durable-transaction: off\n"],
];

/** Without its comments: the server takes one in front of an entry for its begin. */
function template(name: string): string {
  const file = join(rootOf("ds389"), "usr/share/dirsrv/data", `template-${name}.ldif`);
  return readFileSync(file, "utf8")
    .replace(/^#.*\n/gm, "")
    .trim();
}
