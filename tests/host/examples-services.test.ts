// What examples share between VMs, in the embedded host: workers are VMs of one id and one store.

import { expect, test } from "vitest";
import { canonicalMetricsOf } from "../../host/testing/index.ts";
import { ManualClock, SharedStore, StatStore, Vm, type Connection, type Plugin } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";

/** VMs of one process: what they count is counted together. */
async function vms(name: string, ids: readonly string[]): Promise<Vm[]> {
  const module = await builtModule(`examples/${name}`);
  const common = { clock: new ManualClock(), stats: new StatStore(), shared: new SharedStore() };
  return ids.map((vmId) => new Vm(module, { ...common, vmId, misuse: "throw" }));
}

function connect(plugin: Plugin | undefined, address: string): Connection {
  if (plugin === undefined) throw new Error("no such worker");
  return plugin.newConnection({ properties: { "source.address": address } });
}

test("shared-data: a limit holds over workers, and a place is free when one leaves another worker", async () => {
  const workers = await vms("shared-data", ["same", "same"]);
  const [one, two] = workers.map((vm) => vm.startPlugin({ configuration: '{"connections": 2}' }));
  const first = connect(one, "192.0.2.1:1000");
  expect(connect(two, "192.0.2.1:1001").closed).toBe(false);
  expect(connect(one, "192.0.2.1:1002").closed).toBe(true);
  expect(connect(two, "192.0.2.1:1003").closed).toBe(true);
  expect(connect(two, "192.0.2.2:1000").closed).toBe(false);
  first.close("remote");
  expect(connect(two, "192.0.2.1:1004").closed).toBe(false);
});

test("shared-data: VMs of another id have counts of their own", async () => {
  const others = await vms("shared-data", ["one", "two"]);
  const [one, two] = others.map((vm) => vm.startPlugin({ configuration: '{"connections": 1}' }));
  connect(one, "192.0.2.1:1000");
  expect(connect(two, "192.0.2.1:1001").closed).toBe(false);
});

test("shared-queue: what the producers put in, the consumer takes out, also when it comes late", async () => {
  const [worker, other, service] = await vms("shared-queue", ["producers", "producers", "consumer"]);
  const rootId = "heirloom.examples.shared-queue";
  const producers = [worker, other].map((vm) => vm?.startPlugin({ rootId }));
  const talk = (plugin: Plugin | undefined, text: string): void => {
    const connection = connect(plugin, "192.0.2.1:1000");
    connection.downstream(Buffer.from(text));
    connection.close("remote");
  };
  talk(producers[0], "nobody takes this");
  service?.startPlugin({ rootId: `${rootId}.consumer` });
  talk(producers[0], "12345");
  talk(producers[1], "123");
  service?.tick();
  const counted = canonicalMetricsOf(service as Vm);
  expect(counted.get("taken_total")).toBe(2);
  expect(counted.get("bytes_total")).toBe(8);
});
