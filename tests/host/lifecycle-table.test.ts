// What docs/sdk.md says of the lifecycle, in the TypeScript host: it tries configurations in a canary VM as well,
// and has one VM besides, as a worker does.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { loadModule, ManualClock, Vm, type HostModule } from "../../host/index.ts";
import { asRow, callsIn, compileLifecycle, documented } from "../support/lifecycle.ts";

let module: HostModule;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-lifecycle-"));
  module = await loadModule(readFileSync(compileLifecycle(folder)));
  rmSync(folder, { recursive: true });
});

/** A VM of the module; `since` hands over the calls since it was last asked, as the tables write them. */
function told() {
  const lines: string[] = [];
  const vm = new Vm(module, { clock: new ManualClock(), log: (_, text) => lines.push(text) });
  return { vm, since: () => callsIn(lines.splice(0).join("\n")).map(asRow) };
}

const plugin = (generation: number) => ({
  rootId: "lifecycle",
  configuration: JSON.stringify({ generation }),
});

test("start, time, a connection, an update, the end", () => {
  const { vm, since } = told();
  const first = vm.startPlugin(plugin(1));
  const [initialize, ...configure] = documented("start", "worker");
  expect(since()).toEqual([initialize, initialize, ...configure, ...configure]);

  const connection = first.newConnection();
  connection.upstream(Buffer.from("welcome\r\n"));
  connection.downstream(Buffer.from("hello\r\n"));
  connection.downstream(new Uint8Array(), true);
  connection.upstream(new Uint8Array(), true);
  connection.close("local");
  expect(since()).toEqual(documented("connection", "worker"));

  vm.advance(2000);
  expect(since().at(-1)).toBe(documented("tick", "worker").join(" "));

  vm.startPlugin(plugin(2));
  expect(since()).toEqual([...documented("update", "canary"), ...documented("update", "worker")]);
  vm.shutdown();
  expect(since()).toEqual([...documented("end", "worker"), ...documented("end", "worker")]);
});

test("the filter of a connection that is over serves the next", () => {
  const { vm, since } = told();
  const started = vm.startPlugin(plugin(1));
  started.newConnection().close("remote");
  since();
  started.newConnection().close("remote");
  expect(since()[0]).toBe("proxy_on_context_create");
});
