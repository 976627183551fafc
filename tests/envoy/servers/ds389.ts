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
  /** What it has logged of its clients since the last call; nothing unless `accessLog` is on. Asks it to write it down. */
  readonly accessLog: () => Promise<string>;
  readonly errorLog: () => string;
  stop(): Promise<void>;
}

/** What an instance is started with. */
export interface Ds389Options {
  /** Entries to begin with beside that of {@link SUFFIX}, as LDIF, each behind an empty line. */
  readonly ldif?: string;
  /** Whether it logs each operation. Default off. */
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
    await succeed("ldapadd", port, ROOT_ENTRY + (options.ldif ?? ""));
  } catch (error) {
    const log = errorLog();
    await stop();
    remove();
    throw new Error(`no instance of ds389: ${log}`, { cause: error });
  }
  let known = 0;
  return {
    port,
    accessLog: async () => {
      // Without a buffer, the next line takes all with it that was in there.
      for (const state of ["off", "on"]) await succeed("ldapmodify", port, `${BUFFERING}${state}\n`);
      const log = place.read("log/access");
      const news = log.slice(known);
      known = log.length;
      return news;
    },
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
  const isNamed = options.includes("-D") || options.includes("-Y");
  const who = isNamed ? [] : ["-D", MANAGER.name, "-w", MANAGER.password];
  const simple = options.includes("-Y") ? [] : ["-x"];
  const command = [program, ...simple, "-H", `ldap://127.0.0.1:${port}`, ...who, ...options];
  return runInside("ds389", command, input);
}

async function succeed(program: string, port: number, input: string): Promise<void> {
  const { code, output } = await runClient(program, port, [], input);
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${output}`);
}

const FOLDERS = ["schema", "log", "db", "ldif", "bak", "lock"];

const BUFFERING = `dn: cn=config
changetype: modify
replace: nsslapd-accesslog-logbuffering
nsslapd-accesslog-logbuffering: `;

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
  const filled = [template("dse"), template("suffix-db"), template("sasl")]
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
      // For all that is not below the suffix.
      "nsslapd-referral: ldap://elsewhere.example",
      "nsslapd-accesslog-logbuffering: on",
      "nsslapd-threadnumber: 8",
      // A thread that waits for a connection's next request counts an operation whenever none comes.
      "nsslapd-enable-turbo-mode: off",
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
