/** npm run fuzz -- --configurations */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ObjectSchema } from "../../support/configurations.ts";
import { compile } from "../driver.ts";
import type { Finding } from "../examine.ts";
import { ledgerModule } from "../ledger.ts";
import type { Options } from "../options.ts";
import { countingTurns } from "../prepare.ts";
import { ConfigFuzzer } from "./fuzzer.ts";

/** Cases between two looks at the clock. */
const STEP = 256;

/** Plays documents against the reader of one filter until it is time; returns how much was found. */
export function fuzzConfigurations(filter: string, options: Options, say: (line: string) => void): number {
  const module = readFileSync(options.module ?? join("build", `${filter}.wasm`));
  const schema = JSON.parse(readFileSync(join("build", `${filter}.schema.json`), "utf8")) as ObjectSchema;
  const fuzzer = new ConfigFuzzer(compile(countingTurns(module), ledgerModule()), schema, options.seed);
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  const first = options.only ?? options.from;
  const end = options.only === undefined ? first + options.cases : first + 1;
  let found = 0;
  for (let index = first; index < end; index++) {
    if (index % STEP === 0 && seconds() >= options.seconds) break;
    const finding = fuzzer.run(index);
    if (finding === undefined) continue;
    found++;
    say(
      `${finding.kind}: ${finding.text}\n  ${write(filter, options, index, finding, fuzzer.make(index).bytes)}`,
    );
    if (!options.goesOn) break;
  }
  const { cases, accepted, compared } = fuzzer.tally;
  say(
    `${filter}, configurations: ${cases} cases in ${seconds().toFixed(1)} s (${Math.round(cases / seconds())}/s, seed ${options.seed}), ` +
      `${accepted} accepted, ${compared} compared with the schema, ${found} found`,
  );
  return found;
}

/** Writes a document down with the command that makes it again, and returns the path. */
function write(
  filter: string,
  { failures, seed }: Options,
  index: number,
  finding: Finding,
  bytes: Uint8Array,
): string {
  mkdirSync(failures, { recursive: true });
  const path = join(failures, `${filter}-configuration-${finding.kind}-${seed}-${index}.md`);
  const again = `npm run fuzz -- --configurations --filter ${filter} --seed ${seed} --case ${index}`;
  const lines = [
    `# Configuration of ${filter}: ${finding.kind}`,
    "",
    finding.text,
    "",
    `Again: \`${again}\``,
    "",
  ];
  const texts = [
    "```text",
    Buffer.from(bytes).toString("latin1"),
    "```",
    "",
    "```hex",
    Buffer.from(bytes).toString("hex"),
    "```",
  ];
  writeFileSync(path, `${[...lines, ...texts].join("\n")}\n`);
  return path;
}
