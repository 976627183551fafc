// Peers cannot make metrics: whatever they say, names are those of the configuration, and pairs of values that it knows.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ManualClock, Vm, type Connection } from "../../host/index.ts";
import { readTranscript } from "../../host/testing/transcript.ts";
import { FastRandom } from "../fuzz/random.ts";
import { ROOT, builtModule } from "../support/modules.ts";
import { perform } from "../support/outlets.ts";

/** Words of peers that nobody knows, on sessions of their own. */
const STRANGERS = 300;

interface Subject {
  readonly protocol: string;
  /** What is defined on first use: each value of it is one of another metric's, or `overflow`. */
  readonly onFirstUse: readonly RegExp[];
  readonly speak: (connection: Connection, word: string, random: FastRandom) => void;
}

const SUBJECTS: readonly Subject[] = [
  {
    protocol: "smtp",
    onFirstUse: [
      /^command_reply_codes_total\.verb\.(\w+)\.code\.(\w+)$/,
      /^enhanced_statuses_total\.status\.([245]_\d+_\d+|other|overflow)$/,
    ],
    speak: (connection, word, random) => {
      connection.upstream(Buffer.from(`220 ${word}\r\n`));
      connection.downstream(
        Buffer.from(`EHLO ${word}\r\n${word} ${word}\r\nAUTH ${word}\r\nVRFY ${word}\r\n`),
      );
      const code = (): number => 100 + random.below(900);
      const status = (): string => `${random.below(10)}.${random.below(1000)}.${random.below(1000)}`;
      connection.upstream(Buffer.from(`250-${word}\r\n250 ${word} ${word}\r\n`));
      for (let i = 0; i < 3; i++) connection.upstream(Buffer.from(`${code()} ${status()} ${word}\r\n`));
    },
  },
  {
    protocol: "ldap",
    onFirstUse: [/^operation_result_codes_total\.op\.(\w+)\.code\.(\w+)$/],
    speak: (connection, word, random) => {
      // An extended operation of that name, and any result.
      const name = Buffer.from(`1.2.${random.below(1_000_000)}${word}`.slice(0, 60), "latin1");
      const [id, code] = [1 + random.below(100), random.below(256)];
      const value = Buffer.concat([Buffer.from([0x80, name.length]), name]);
      const request = [0x30, value.length + 5, 2, 1, id, 0x77, value.length, ...value];
      connection.downstream(Buffer.from(request));
      connection.upstream(Buffer.from([0x30, 0x0d, 2, 1, id, 0x78, 8, 0x0a, 2, code >> 1, code, 4, 0, 4, 0]));
    },
  },
  {
    protocol: "pop3",
    onFirstUse: [/^command_error_codes_total\.verb\.(\w+)\.code\.(\w+)$/],
    speak: (connection, word) => {
      connection.upstream(Buffer.from(`+OK ${word}\r\n`));
      connection.downstream(Buffer.from(`${word}\r\nAUTH ${word}\r\nUSER ${word}\r\n`));
      connection.upstream(Buffer.from(`-ERR [${word}] ${word}\r\n`.repeat(3)));
    },
  },
];

test.each(SUBJECTS)("what peers say makes no metrics: $protocol", async ({ protocol, onFirstUse, speak }) => {
  const vm = new Vm(await builtModule(protocol), { clock: new ManualClock() });
  const configuration = JSON.stringify({ verbosity: "high" });
  const plugin = vm.startPlugin({ rootId: `heirloom.${protocol}`, configuration });
  const names = (): string[] =>
    vm.stats.all().map(({ fullName }) =>
      fullName
        .replace(/^wasmcustom\./, "")
        .split(".")
        .slice(2)
        .join("."),
    );
  const declared = new Set(names());

  const folder = join(ROOT, "tests", "transcripts", protocol);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
    for (const { steps } of readTranscript(join(folder, file), protocol).conversations) {
      const connection = plugin.newConnection();
      for (const step of steps) perform(connection, step);
      if (!connection.closed) connection.close("remote");
    }
  }
  const random = new FastRandom(8, 8);
  for (let i = 0; i < STRANGERS; i++) {
    const connection = plugin.newConnection();
    speak(connection, `zq${i}.x_total;${String.fromCharCode(0x21 + random.below(0x5e))}stranger`, random);
    if (!connection.closed) connection.close("remote");
  }
  vm.tick();

  expect(vm.failure).toBeUndefined();
  const values = new Set([...declared].flatMap((name) => name.split(".").slice(1)));
  const made = names().filter((name) => !declared.has(name));
  expect(made.length).toBeGreaterThan(10);
  const unknown = made.filter((name) => {
    const found = onFirstUse.map((pattern) => pattern.exec(name)).find((match) => match !== null);
    if (found === undefined) return true;
    const [first = "", second] = found.slice(1);
    return (
      second !== undefined && ![first, second].every((value) => values.has(value) || value === "overflow")
    );
  });
  expect(unknown).toEqual([]);
  expect(names().filter((name) => /zq|strang/.test(name))).toEqual([]);
});
