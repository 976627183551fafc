/** An slapd with users to search for. */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { untilAccepting, type RunningServer } from "../programs.ts";
import { workplace, type Program } from "./programs.ts";

export const SUFFIX = "dc=example,dc=com";
export const MANAGER = `cn=admin,${SUFFIX}`;
export const PASSWORD = "secret";

/** Users below ou=people, by three digits: `uid=u000` …, each an entry of about 300 bytes. */
export const USERS = 1_000;

/** Users below ou=photos: `uid=p000` …, each with a value of so many bytes. */
export const PHOTOS = 10;
const PHOTO_BYTES = 60_000;

/** Fills a user's entry up to 300 bytes on the wire. */
const DESCRIPTION = "x".repeat(108);

/** Where Debian has its schema files and modules. */
const SCHEMAS = "/etc/ldap/schema";
const MODULES = "/usr/lib/ldap";

/** Starts slapd on 127.0.0.1 with a database of its own and waits until it accepts. Throws with what it said. */
export async function startSlapd(slapd: Program, port: number): Promise<RunningServer> {
  const place = workplace(slapd);
  try {
    const configuration = join(place.inside, "slapd.conf");
    mkdirSync(join(place.outside, "db"));
    writeFileSync(join(place.outside, "slapd.conf"), configure(join(place.inside, "db")));
    writeFileSync(join(place.outside, "seed.ldif"), [...seed()].join("\n"));
    add(slapd, configuration, join(place.inside, "seed.ldif"));
    const [program = "", ...first] = slapd.command;
    const words = ["-h", `ldap://127.0.0.1:${port}`, "-f", configuration, "-d", "0"];
    const child = spawn(program, [...first, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    const server = await untilAccepting("slapd", child, port);
    return {
      port,
      stop: async () => {
        await server.stop();
        place.remove();
      },
    };
  } catch (error) {
    place.remove();
    throw error;
  }
}

function configure(database: string): string {
  return [
    ...["core", "cosine", "inetorgperson"].map((name) => `include ${SCHEMAS}/${name}.schema`),
    `modulepath ${MODULES}`,
    "moduleload back_mdb",
    "database mdb",
    "maxsize 104857600",
    `directory ${database}`,
    `suffix ${SUFFIX}`,
    `rootdn ${MANAGER}`,
    `rootpw ${PASSWORD}`,
    "index uid eq",
    "",
  ].join("\n");
}

function* seed(): Generator<string> {
  yield entry(SUFFIX, { objectClass: "domain", dc: "example" });
  for (const ou of ["people", "photos"]) {
    yield entry(`ou=${ou},${SUFFIX}`, { objectClass: "organizationalUnit", ou });
  }
  for (let i = 0; i < USERS; i++) {
    const uid = `u${digits(i)}`;
    const mail = `${uid}@example.com`;
    yield user(uid, "people", { mail, description: DESCRIPTION });
  }
  const photo = Buffer.alloc(PHOTO_BYTES, "x").toString("base64");
  for (let i = 0; i < PHOTOS; i++) yield user(`p${digits(i)}`, "photos", { "jpegPhoto:": photo });
}

function user(uid: string, ou: string, more: Readonly<Record<string, string>>): string {
  const own = { objectClass: "inetOrgPerson", uid, cn: `Person ${uid}`, sn: `Person ${uid}` };
  return entry(`uid=${uid},ou=${ou},${SUFFIX}`, { ...own, ...more });
}

/** Of LDIF. */
function entry(name: string, attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries(attributes).map(([attribute, value]) => `${attribute}: ${value}`);
  return [`dn: ${name}`, ...lines, ""].join("\n");
}

function digits(number: number): string {
  return String(number).padStart(3, "0");
}

function add(slapd: Program, configuration: string, ldif: string): void {
  const [program = "", ...first] = slapd.command;
  const words = [...first, "-T", "add", "-q", "-f", configuration, "-l", ldif];
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`slapadd failed: ${stderr.trim()}`);
}
