import { afterEach, expect, test } from "vitest";
import { attachProxy, startProxy, type Proxy } from "../../demo/proxy.ts";
import { session } from "../../demo/ldap/clients/session.ts";
import { DirectoryServer } from "../../demo/ldap/server/server.ts";
import { Dialog } from "../../demo/smtp/clients/dialog.ts";
import { MailServer } from "../../demo/smtp/server/server.ts";
import type { Address } from "../../host/envoy/address.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { scrape } from "../../host/envoy/scrape.ts";

const HOST = "127.0.0.1";
const stack: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of stack.splice(0).reverse()) await one.stop();
});

interface Started {
  readonly proxy: Proxy;
  readonly smtp: Address;
  readonly ldap: Address;
}

async function start(lines: string[], verbosity?: string): Promise<Started> {
  const any = { host: HOST, port: 0 };
  const mail = await MailServer.start(any);
  stack.push(mail);
  const directory = await DirectoryServer.start(any);
  stack.push(directory);
  const smtp = { host: HOST, port: await anyPort() };
  const ldap = { host: HOST, port: await anyPort() };
  const proxy = await startProxy({
    routes: [
      { protocol: "smtp", listen: smtp, upstream: mail.address },
      { protocol: "ldap", listen: ldap, upstream: directory.address },
    ],
    admin: any,
    embedded: false,
    verbosity,
    locate: () => Promise.resolve({ path: undefined, tried: ["not here", "no network"] }),
    progress: () => undefined,
    notice: (line) => lines.push(line),
  });
  stack.push(proxy);
  return { proxy, smtp, ldap };
}

test("without Envoy the embedded host runs the same module and configuration, and says why", async () => {
  const lines: string[] = [];
  const { proxy, smtp, ldap } = await start(lines, "high");
  expect(lines).toEqual(["no Envoy (not here; no network): running on the embedded host instead"]);
  expect(proxy.name).toBe("the embedded host (no Envoy)");
  const dialog = await Dialog.open(smtp);
  await dialog.quit();
  await session(ldap, async (client) => {
    await client.search("", { scope: "base" });
  });
  const samples = await scrape(proxy.admin);
  for (const protocol of ["smtp", "ldap"]) {
    const info = samples.find(({ name }) => name === `${protocol}_filter_info`);
    expect(info?.labels).toMatchObject({ stat_prefix: "edge", verbosity: "high" });
  }
});

test("a proxy that runs already is found, whatever it is", async () => {
  const { proxy } = await start([]);
  const attached = await attachProxy({ host: HOST, port: Number(new URL(proxy.admin).port) });
  expect(attached.admin).toBe(proxy.admin);
  await attached.stop();
  expect((await scrape(proxy.admin)).length).toBeGreaterThan(0);
});
