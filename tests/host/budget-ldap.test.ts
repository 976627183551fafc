import { beforeAll, describe, expect, test } from "vitest";
import { LDAP } from "../../bench/ldap/protocol.ts";
import { bind, photo, search, type Operation } from "../../bench/ldap/traffic.ts";
import { ManualClock, Vm, type Connection, type HostModule, type Plugin } from "../../host/index.ts";
import { hostCallsOf } from "../support/budget.ts";
import { builtModule } from "../support/modules.ts";
import { counted, CountedSession } from "../support/work.ts";

/** Entries of functions, turns of loops and bytes copied for a message of the everyday mix, with some to spare. */
const WORK_PER_PDU = 170;

/** What may be fetched of an entry, however large its value is, and of what answers the search behind it. */
const LOOK = 1_024;
const RESULT = 14;

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("ldap");
});

function start(verbosity = "standard"): { vm: Vm; plugin: Plugin } {
  const vm = new Vm(module, { clock: new ManualClock(), misuse: "throw" });
  const configuration = JSON.stringify({ verbosity });
  return { vm, plugin: vm.startPlugin({ rootId: "heirloom.ldap", configuration }) };
}

/** Each message in a chunk of its own. */
function perform(connection: Connection, { request, responses }: Operation): void {
  connection.downstream(request);
  for (const response of responses) connection.upstream(response);
}

function open(plugin: Plugin): Connection {
  const connection = plugin.newConnection();
  perform(connection, bind(1));
  perform(connection, search(2, 1));
  return connection;
}

describe("a search costs", () => {
  test("three fetches and two clock readings; its seven samples wait for the flush", () => {
    const { vm, plugin } = start();
    const connection = open(plugin);
    plugin.tick();
    const calls = hostCallsOf(vm, () => perform(connection, search(3, 1)));
    expect(Object.fromEntries(calls)).toEqual({ get_buffer_bytes: 3, clock_time_get: 2 });
    expect(hostCallsOf(vm, () => plugin.tick()).get("record_metric")).toBe(7);
  });

  test("a third clock reading, for the first entry, where its time is shown", () => {
    const { vm, plugin } = start("high");
    const connection = open(plugin);
    const calls = hostCallsOf(vm, () => perform(connection, search(3, 1)));
    expect(Object.fromEntries(calls)).toEqual({ get_buffer_bytes: 3, clock_time_get: 3 });
  });

  test("no clock reading for a further entry", () => {
    const { vm, plugin } = start();
    const connection = open(plugin);
    const { request, responses } = search(3, 3);
    connection.downstream(request);
    connection.upstream(responses[0] ?? request);
    plugin.tick();
    const calls = hostCallsOf(vm, () => connection.upstream(responses[1] ?? request));
    expect(Object.fromEntries(calls)).toEqual({ get_buffer_bytes: 1 });
    // Its size is the sample.
    expect(hostCallsOf(vm, () => plugin.tick()).get("record_metric")).toBe(1);
  });
});

describe("a value of 60 kB", () => {
  const { request, responses } = photo(1, 60_000);
  const bytes = Buffer.concat(responses);

  function fetched(...chunks: readonly Uint8Array[]): { bytes: number; entries: number } {
    const session = new CountedSession(counted("ldap"), "ldap", {});
    session.client(request);
    const before = session.driver.fetched;
    for (const chunk of chunks) session.server(chunk);
    const found = session.driver.fetched - before;
    session.close();
    return { bytes: found, entries: session.value("search_entries_total") };
  }

  test("is not fetched when it comes in one chunk with what follows it", () => {
    expect(fetched(bytes)).toEqual({ bytes: LOOK + RESULT, entries: 1 });
  });

  test("is not fetched when it comes in chunks of 16 KiB", () => {
    const chunks = [0, 1, 2, 3].map((i) => bytes.subarray(i << 14, (i + 1) << 14));
    expect(fetched(...chunks)).toEqual({ bytes: LOOK + RESULT, entries: 1 });
  });
});

describe("small messages in one chunk cost", () => {
  const requests = Buffer.concat(Array.from({ length: 200 }, (_, i) => search(i + 3, 0).request));

  test.each([
    { size: 8_192, fetches: 1 },
    { size: 16_384, fetches: 2 },
  ])("$fetches fetches for $size bytes", ({ size, fetches }) => {
    expect(requests.length).toBeGreaterThan(size);
    const { vm, plugin } = start();
    const connection = open(plugin);
    const calls = hostCallsOf(vm, () => connection.downstream(requests.subarray(0, size)));
    expect(calls.get("get_buffer_bytes")).toBe(fetches);
  });
});

test("the work for a message is bounded", () => {
  const exchange = LDAP.exchanges[1];
  if (exchange === undefined) throw new Error("no such exchange");
  const session = new CountedSession(counted("ldap"), "ldap", {});
  const once = (): void => {
    for (const { from, bytes } of exchange.steps) {
      if (from === "client") session.client(bytes);
      else session.server(bytes);
    }
  };
  once();
  const before = session.driver.work;
  once();
  const work = (session.driver.work - before) / exchange.units;
  expect(work).toBeGreaterThan(10);
  expect(work).toBeLessThanOrEqual(WORK_PER_PDU);
});
