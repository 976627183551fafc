import { afterEach, expect, test } from "vitest";
import { attachProxy, startProxy, type Proxy } from "../../demo/proxy.ts";
import { MailServer } from "../../demo/server/server.ts";
import { Dialog } from "../../demo/clients/dialog.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { scrape } from "../../host/envoy/scrape.ts";

const HOST = "127.0.0.1";
const stack: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of stack.splice(0).reverse()) await one.stop();
});

async function start(lines: string[], verbosity?: string): Promise<{ proxy: Proxy; smtp: number }> {
  const server = await MailServer.start({ smtp: { host: HOST, port: 0 }, book: { host: HOST, port: 0 } });
  stack.push(server);
  const smtp = await anyPort();
  const proxy = await startProxy({
    listen: { host: HOST, port: smtp },
    admin: { host: HOST, port: 0 },
    upstream: server.address,
    embedded: false,
    verbosity,
    locate: () => Promise.resolve({ path: undefined, tried: ["not here", "no network"] }),
    progress: () => undefined,
    notice: (line) => lines.push(line),
  });
  stack.push(proxy);
  return { proxy, smtp };
}

test("without Envoy the embedded host runs the same module and configuration, and says why", async () => {
  const lines: string[] = [];
  const { proxy, smtp } = await start(lines, "high");
  expect(lines).toEqual(["no Envoy (not here; no network): running on the embedded host instead"]);
  expect(proxy.name).toBe("the embedded host (no Envoy)");
  const dialog = await Dialog.open({ host: HOST, port: smtp });
  await dialog.quit();
  const samples = await scrape(proxy.admin);
  const info = samples.find(({ name }) => name === "smtp_filter_info");
  expect(info?.labels).toMatchObject({ stat_prefix: "edge", verbosity: "high" });
});

test("a proxy that runs already is found, whatever it is", async () => {
  const { proxy } = await start([]);
  const attached = await attachProxy({ host: HOST, port: Number(new URL(proxy.admin).port) });
  expect(attached.admin).toBe(proxy.admin);
  await attached.stop();
  expect((await scrape(proxy.admin)).length).toBeGreaterThan(0);
});
