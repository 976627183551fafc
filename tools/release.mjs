// Puts a release together from what `npm run build` made: modules, schemas, npm package, bill of materials, checksums.
//   node tools/release.mjs [FOLDER]     default: release
/* global WebAssembly */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { versionOf } from "./version.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
process.chdir(ROOT);

const MODULES = ["heirloom.wasm", "ldap.wasm", "pop3.wasm", "smtp.wasm"];
const SCHEMAS = ["ldap.schema.json", "pop3.schema.json", "smtp.schema.json"];

const version = versionOf(ROOT);
const folder = resolve(process.argv[2] ?? "release");
const problems = disagreements();
for (const problem of problems) console.error(`release: ${problem}`);
if (problems.length > 0) process.exit(1);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const file of [...MODULES, ...SCHEMAS]) copyFileSync(join("build", file), join(folder, file));
copyFileSync("LICENSE", join(folder, "LICENSE"));
npm("pack", "--pack-destination", folder);
writeFileSync(join(folder, `heirloom-${version}.cdx.json`), billOfMaterials());
writeFileSync(join(folder, "SHA256SUMS"), checksums());
console.log(readFileSync(join(folder, "SHA256SUMS"), "utf8").trimEnd());

/** Places that say another version. */
function disagreements() {
  const text = (file) => readFileSync(file, "utf8");
  const says = [
    ["package-lock.json", JSON.parse(text("package-lock.json")).version],
    [
      "assembly/runtime/version.ts",
      /"(\w+)"/.exec(text("assembly/runtime/version.ts"))?.[1].replaceAll("_", "."),
    ],
    ["CHANGELOG.md", /^## (\S+)/m.exec(text("CHANGELOG.md"))?.[1]],
    ...MODULES.map((file) => [`build/${file}`, versionIn(join("build", file))]),
  ];
  return says
    .filter(([, other]) => other !== version)
    .map(([file, other]) => `${file} says ${other ?? "no version"}, package.json says ${version}`);
}

function versionIn(file) {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(readFileSync(file)), "version");
  return section === undefined ? undefined : Buffer.from(section).toString();
}

/** CycloneDX, of everything that is installed: what the modules are built with is in it, marked as of development. */
function billOfMaterials() {
  const bill = JSON.parse(npm("sbom", "--sbom-format", "cyclonedx"));
  // Both differ from run to run, and are optional.
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  // npm takes the folder's name.
  bill.metadata.component.name = "heirloom";
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/** What `sha256sum --check` reads. */
function checksums() {
  const lines = readdirSync(folder)
    .sort()
    .map(
      (file) =>
        `${createHash("sha256")
          .update(readFileSync(join(folder, file)))
          .digest("hex")}  ${file}\n`,
    );
  return lines.join("");
}

/** A dependency brings an old npm into node_modules/.bin, which npm itself puts first on the path. */
function npm(...words) {
  const path = process.env.PATH.split(delimiter).filter((entry) => !entry.endsWith("node_modules/.bin"));
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 };
  return execFileSync("npm", words, { ...options, env: { ...process.env, PATH: path.join(delimiter) } });
}
