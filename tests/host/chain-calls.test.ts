// What a chain costs in host calls: each chunk is fetched once, however many links read it.

import { expect, test } from "vitest";
import { loadModule, Vm } from "../../host/index.ts";

const MODULE = "build/bench/chain.wasm";
const CHUNKS = 100;

test.each([
  { id: "alone", links: 1 },
  { id: "chain1", links: 1 },
  { id: "chain3", links: 3 },
  { id: "chain6", links: 6 },
])("$id: $links links read every chunk, and it is fetched once", async ({ id, links }) => {
  const vm = new Vm(await loadModule(MODULE));
  const connection = vm.startPlugin({ rootId: `heirloom.bench.${id}` }).newConnection();
  const before = callsOf(vm);
  for (let i = 0; i < CHUNKS; i++) {
    connection.downstream(Buffer.from("MAIL FROM:<a@client.example>\r\n"));
    connection.upstream(Buffer.from("250 ok\r\n"));
  }
  const after = callsOf(vm);
  expect(after - before).toBe(2 * CHUNKS);
  expect(vm.hostCalls.get("get_buffer_bytes")).toBe(2 * CHUNKS);
  vm.tick();
  const readers = id === "alone" ? ["alone"] : Array.from({ length: links }, (_, i) => `link${i + 1}`);
  for (const reader of readers) {
    expect(vm.stats.value(`bench.${reader}.bytes_total.from.client`)).toBe(30 * CHUNKS);
  }
});

function callsOf(vm: Vm): number {
  return [...vm.hostCalls.values()].reduce((all, times) => all + times, 0);
}
