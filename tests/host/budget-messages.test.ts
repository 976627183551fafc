// MessageFilter is held to a budget for chunks of any size: so many calls, and so many bytes fetched, for each window of
// one read of Envoy's. A peer chooses how large its messages are, and so does Envoy how much comes at once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Instance } from "../../host/vm/instance.ts";
import { loadModule, ManualClock, Vm, type HostModule } from "../../host/index.ts";
import { hostCallsOf, totalOf } from "../support/budget.ts";
import { compileMessages } from "../support/messages.ts";

/** One read of Envoy's, and its default buffer limit. */
const WINDOW = 16 << 10;
const LIMIT = 1 << 20;

/** Where messages are a little larger than a window: two windows to find the end, and the message. */
const PER_WINDOW = 3;

/** The first and the last window, and the edit of a chunk whose end is kept. */
const MORE_CALLS = 4;

type Framing = (size: number) => Uint8Array;

/** A message of about `size` bytes, by framer. */
const FRAMINGS: Readonly<Record<string, Framing>> = {
  lines: (size) => Buffer.from(`${"x".repeat(Math.max(size - 1, 0))}\n`),
  fixed: (size) => {
    const message = Buffer.alloc(Math.max(size, 4));
    message.writeUInt32BE(message.length - 4);
    return message;
  },
  varint: (size) => {
    const body = Math.max(size - 3, 0);
    return Buffer.concat([
      Uint8Array.of((body & 127) | 128, ((body >> 7) & 127) | 128, body >> 14),
      Buffer.alloc(body),
    ]);
  },
  ber: (size) => {
    const message = Buffer.alloc(Math.max(size, 5));
    message.writeUInt32BE(message.length - 5, 1);
    message.set([0x30, 0x83]);
    return message;
  },
};

/** Around a window and what divides it, and far beyond. */
const SIZES = [1, 2, 7, 60, 1_000, 5_462, 8_193, 16_383, 16_384, 16_385, 20_000, 100_000, LIMIT];

describe("a chunk of messages costs calls and bytes by its size alone:", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-framing-"));
  let module: HostModule;
  beforeAll(async () => {
    module = await loadModule(compileMessages(folder, "framing"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Messages until the chunk is full, the last one cut. */
  function chunkOf(message: Uint8Array, size: number): Uint8Array {
    return Buffer.concat(Array<Uint8Array>(Math.ceil(size / message.length)).fill(message)).subarray(0, size);
  }

  describe.each(Object.entries(FRAMINGS))("%s", (framer, messageOf) => {
    test.each([
      { whole: false, kept: false },
      { whole: true, kept: false },
      { whole: false, kept: true },
      { whole: true, kept: true },
    ])("%o", (ways) => {
      const vm = new Vm(module, { clock: new ManualClock(), misuse: "throw" });
      const plugin = vm.startPlugin({ configuration: JSON.stringify({ framer, ...ways }) });
      const copies = vi.spyOn(Instance.prototype, "copyOut");
      for (const size of [WINDOW, WINDOW + 616, 4 * WINDOW, LIMIT]) {
        for (const length of SIZES) {
          const message = messageOf(length);
          const bytes = chunkOf(message, size);
          const connection = plugin.newConnection();
          copies.mockClear();
          const calls = hostCallsOf(vm, () => connection.downstream(bytes));
          const copied = copies.mock.calls.reduce((sum, [range]) => sum + range.length, 0);
          connection.close("remote");
          // What is kept back is cut off by writing anew what stays of the chunk.
          const most = PER_WINDOW * size + (ways.kept ? size : 0) + WINDOW;
          const windows = Math.ceil(size / WINDOW);
          const what = `messages of ${message.length} bytes in a chunk of ${size}`;
          expect(totalOf(calls), what).toBeLessThanOrEqual(PER_WINDOW * windows + MORE_CALLS);
          expect(copied, what).toBeLessThanOrEqual(most);
          vm.tick();
        }
      }
      const told = (size: number): number =>
        SIZES.reduce((sum, length) => sum + Math.floor(size / messageOf(length).length), 0);
      const sizes = [WINDOW, WINDOW + 616, 4 * WINDOW, LIMIT];
      expect(vm.stats.value("framing.default.messages_total")).toBe(
        sizes.reduce((sum, size) => sum + told(size), 0),
      );
    });
  });
});
