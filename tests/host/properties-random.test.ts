// Whatever a proxy gives for a property, a module goes on.

import { expect, test } from "vitest";
import { loadModule, Vm, type Properties } from "../../host/index.ts";
import { FastRandom } from "../fuzz/random.ts";
import { NUMBERS, TEXTS, TRUTHS } from "../support/stream-info.ts";

const ALL = [...TEXTS, ...NUMBERS, ...TRUTHS];
const ROUNDS = 200;
/** Lengths that mean something: none, a truth, a number and its neighbours, what a module takes at most and one more. */
const LENGTHS = [0, 1, 7, 8, 9, 64 * 1024, 64 * 1024 + 1];
/** No such cluster: the logger then writes a line of everything it can learn. */
const REFUSED = 0x1000000;
const CONNECTIONS = "access_logger.default.connections_total.outcome";
const OUTCOMES = ["ok", "refused", "reset", "other"];

function bytes(random: FastRandom): Uint8Array {
  const length = random.chance(30) ? random.pick(LENGTHS) : random.below(300);
  if (length > 300) return new Uint8Array(length).fill(random.below(256));
  return Uint8Array.from({ length }, () => random.below(256));
}

function properties(random: FastRandom): Properties {
  const some = ALL.filter(() => random.chance(80)).map((path) => [path, bytes(random)] as const);
  return { ...Object.fromEntries(some), ...(random.chance(50) ? { "response.flags": REFUSED } : {}) };
}

test("properties of any bytes and any length do no harm", async () => {
  const lines: string[] = [];
  const module = await loadModule("build/examples/access-logger.wasm");
  const vm = new Vm(module, { log: (_, text) => lines.push(text) });
  const plugin = vm.startPlugin();
  for (let round = 0; round < ROUNDS; round++) {
    const connection = plugin.newConnection();
    connection.close("remote", properties(new FastRandom(round)));
    plugin.logAccess(connection);
    expect(vm.failure).toBeUndefined();
  }
  vm.tick();
  const counted = OUTCOMES.map((outcome) => vm.stats.value(`${CONNECTIONS}.${outcome}`) ?? 0);
  expect(counted.reduce((sum, value) => sum + value, 0)).toBe(ROUNDS);
  // What is too large is refused by giving no memory for it; sums of such numbers are no sums.
  const harmless = ["bad_memory", "counter_offset"];
  expect(vm.misuses.filter(({ kind }) => !harmless.includes(kind))).toEqual([]);
  expect(lines.some((line) => line.startsWith("never reached a server"))).toBe(true);
  // Some of that a peer chooses: a line stays one line, and says nothing to a terminal.
  // eslint-disable-next-line no-control-regex
  expect(lines.filter((line) => /[\x00-\x1f\x7f-\x9f]/.test(line))).toEqual([]);
});
