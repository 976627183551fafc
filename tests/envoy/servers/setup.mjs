// node tests/envoy/servers/setup.mjs [NAME …]: fetches the servers that the tests talk to; `--check` only says
// whether they are there.
//
// Debian's packages of servers exclude each other, and an installed one starts by itself. So each gets a root file
// system of its own under .cache/servers/: its packages with all they depend on (libc too, so the machine's own does not
// matter), unpacked and not installed. No script of a package runs, no user or service of the machine is touched. Needs
// Debian's apt-get with its lists fetched (`apt-get update`), and root, which chroot needs later.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isThere, recipeText, RECIPES, rootOf, stampOf } from "./recipes.mjs";

/** Ids in the root file systems only; Debian's own system users lie below. */
const FIRST_ID = 900;

/** Programs expect them; major and minor numbers as Linux has them. */
const DEVICES = [
  ["null", 1, 3],
  ["zero", 1, 5],
  ["random", 1, 8],
  ["urandom", 1, 9],
];

process.exitCode = main(process.argv.slice(2));

function main(words) {
  const wanted = words.filter((word) => word !== "--check");
  const unknown = wanted.find((name) => !(name in RECIPES));
  if (unknown !== undefined)
    return fail(`no such server: ${unknown} (there are ${Object.keys(RECIPES).join(" ")})`);
  try {
    const names = wanted.length > 0 ? wanted : Object.keys(RECIPES);
    if (words.includes("--check")) return names.every(isThere) ? 0 : 1;
    for (const name of names) {
      if (isThere(name)) say(name, "is there");
      else fetchServer(name);
    }
    return 0;
  } catch (error) {
    return fail(error.message);
  }
}

function fetchServer(name) {
  if (process.getuid() !== 0) throw new Error(`${name}: only root can make and enter a root file system`);
  const root = rootOf(name);
  const building = `${root}.building`;
  rmSync(building, { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
  const { packages, program } = RECIPES[name];
  for (const [i, file, all] of download(name, building, packages)) {
    say(name, `unpacking ${file.replace(/_.*/, "")} (${i}/${all})`);
    run("dpkg", ["--extract", join(building, "archives", file), join(building, "root")]);
  }
  complete(join(building, "root"), RECIPES[name]);
  const broken = missingLibraries(join(building, "root"), program);
  if (broken !== "") throw new Error(`${name}: ${program} does not run: ${broken}`);
  renameSync(join(building, "root"), root);
  rmSync(building, { recursive: true, force: true });
  writeFileSync(stampOf(name), recipeText(name));
  say(name, "complete");
}

/** Resolved as for a machine that has nothing installed; yields the files in turn, with their number and that of all. */
function* download(name, building, packages) {
  const archives = join(building, "archives");
  mkdirSync(join(archives, "partial"), { recursive: true });
  mkdirSync(join(building, "root"));
  writeFileSync(join(building, "status"), "");
  const apt = (...more) =>
    run("apt-get", [
      ...["-qq", "-y", "--no-install-recommends"],
      ...["-o", `Dir::State::status=${join(building, "status")}`],
      ...["-o", `Dir::State::extended_states=${join(building, "extended_states")}`],
      ...["-o", `Dir::Cache::archives=${archives}/`],
      // The machine's own caches describe what is installed there.
      ...["-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="],
      ...["-o", "APT::Sandbox::User=root"],
      ...more,
      "install",
      ...packages,
    ]);
  const files = [...apt("--print-uris").matchAll(/^'[^']*' (\S+\.deb) (\d+)/gm)];
  if (files.length === 0)
    throw new Error(`${name}: apt-get knows no ${packages.join(" ")}: run apt-get update first`);
  const megabytes = files.reduce((sum, [, , size]) => sum + Number(size), 0) / 1e6;
  say(name, `downloading ${files.length} packages (${megabytes.toFixed(0)} MB)`);
  apt("--download-only");
  for (const [i, [, file]] of files.entries()) yield [i + 1, file, files.length];
}

/** What installing would have added, as far as a server needs it. */
function complete(root, { users, groups }) {
  for (const folder of ["dev", "etc", "proc", "tmp", "run", "var"])
    mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  for (const [device, major, minor] of DEVICES) {
    const path = join(root, "dev", device);
    if (!existsSync(path)) run("mknod", ["-m", "666", path, "c", String(major), String(minor)]);
  }
  const withIds = users.map((user, i) => [user, FIRST_ID + i]);
  const passwd = [["root", 0], ...withIds, ["nobody", 65_534]];
  const group = [...passwd, ...groups.map((name, i) => [name, FIRST_ID + users.length + i])];
  writeFileSync(
    join(root, "etc/passwd"),
    passwd.map(([user, id]) => `${user}:x:${id}:${id}::/:/usr/sbin/nologin\n`).join(""),
  );
  writeFileSync(join(root, "etc/group"), group.map(([name, id]) => `${name}:x:${id}:\n`).join(""));
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost mx.example\n");
  writeFileSync(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files\n");
}

/** What the loader says of `program`, empty when it finds all. */
function missingLibraries(root, program) {
  const { status, stderr, error } = spawnSync("chroot", [root, `/${program}`, "--version"], {
    encoding: "utf8",
  });
  if (error !== undefined) return error.message;
  // Not every program knows --version; 126 and 127 are chroot's own.
  return status === null || status >= 126 || /loading shared libraries/.test(stderr) ? stderr.trim() : "";
}

function run(program, args) {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { encoding: "utf8", env: environment, maxBuffer: 64 * 1024 * 1024 };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (error !== undefined) throw new Error(`${program}: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${(stderr || stdout).trim()}`);
  return stdout;
}

function say(name, what) {
  console.log(`servers: ${name}: ${what}`);
}

function fail(why) {
  console.error(`servers: ${why}`);
  return 1;
}
