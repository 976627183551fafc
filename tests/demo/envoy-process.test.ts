import { createServer } from "node:net";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { configureFilter, readAddresses, readFilter, replaceAddresses } from "../../host/envoy/adapt.ts";
import { formatAddress, parseAddress } from "../../host/envoy/address.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { anyPort, choosePort } from "../../host/envoy/ports.ts";
import { EnvoyStartError, startEnvoy, startErrors, type RunningEnvoy } from "../../host/envoy/process.ts";
import { PROJECT } from "../../host/envoy/project.ts";

const envoy = await findEnvoy();
const shipped = await readFile(join(PROJECT, "envoy.yaml"), "utf8");
const ANY = { host: "127.0.0.1", port: 0 };
const movable = replaceAddresses(shipped, { admin: ANY, listeners: { smtp: ANY, ldap: ANY } });

describe("addresses", () => {
  test.each([
    ["127.0.0.1:25", { host: "127.0.0.1", port: 25 }],
    ["mail.example:2525", { host: "mail.example", port: 2525 }],
    ["[::1]:25", { host: "::1", port: 25 }],
  ])("%s is read and written", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });
  test.each(["", "25", "host", "host:", "host:65536", "host:x", "::1:25"])("%j is none", (text) => {
    expect(() => parseAddress(text)).toThrow(`expected host:port, found "${text}"`);
  });
});

describe("a shipped configuration", () => {
  test("changes in its addresses and nothing else, comments included", () => {
    const changed = replaceAddresses(shipped, {
      admin: { host: "127.0.0.2", port: 1 },
      listeners: { smtp: { host: "127.0.0.3", port: 2 } },
      clusters: { ldap: { host: "127.0.0.4", port: 3 } },
    });
    const before = readAddresses(shipped);
    expect(readAddresses(changed)).toEqual({
      admin: { host: "127.0.0.2", port: 1 },
      listeners: { ...before.listeners, smtp: { host: "127.0.0.3", port: 2 } },
      clusters: { ...before.clusters, ldap: { host: "127.0.0.4", port: 3 } },
    });
    const back = replaceAddresses(changed, readAddresses(shipped));
    const flat = (text: string): string => text.replace(/\[\s+/g, "[").replace(/\s+\]/g, "]");
    expect(flat(back)).toBe(flat(shipped));
  });

  test("changes in its filter's configuration where asked for", () => {
    const changed = configureFilter(shipped, "smtp", { verbosity: "high" });
    expect(readFilter(changed, "smtp")).toEqual({
      rootId: "heirloom.smtp",
      module: "build/heirloom.wasm",
      configuration: { stat_prefix: "edge", verbosity: "high" },
    });
  });

  test("has no other listeners", () => {
    expect(() => replaceAddresses(shipped, { listeners: { imap: ANY } })).toThrow(
      'no listeners entry named "imap" in the Envoy configuration (there: smtp, ldap)',
    );
    expect(() => readAddresses("a: [")).toThrow("not an Envoy configuration: ");
    expect(() => readAddresses("a: 1")).toThrow(
      "no socket address at admin.address in the Envoy configuration",
    );
  });
});

describe("a port", () => {
  const variable = "HEIRLOOM_TEST_PORT";
  test("is the environment's, else the preferred, else a free one", async () => {
    const [fixed, preferred] = [await anyPort(), await anyPort()];
    expect(await choosePort({ variable, preferred, environment: { [variable]: String(fixed) } })).toEqual({
      port: fixed,
      origin: "environment",
    });
    expect(await choosePort({ variable, preferred, environment: {} })).toEqual({
      port: preferred,
      origin: "default",
    });
    const other = createServer().listen(preferred, "127.0.0.1");
    await once(other, "listening");
    const free = await choosePort({ variable, preferred, environment: {} });
    expect(free.origin).toBe("free");
    expect(free.port).not.toBe(preferred);
    await expect(
      choosePort({ variable, preferred: 1, environment: { [variable]: String(preferred) } }),
    ).rejects.toThrow(`port ${preferred} of 127.0.0.1 (from ${variable}) is in use`);
    other.close();
  });
  test.each(["x", "0", "65536", "-1", "1.5"])("%j is none", async (text) => {
    await expect(choosePort({ variable, preferred: 1, environment: { [variable]: text } })).rejects.toThrow(
      `${variable}: expected a port number, found "${text}"`,
    );
  });
});

describe("why Envoy did not start", () => {
  const at = "[2026-01-01 00:00:00.000][1]";
  test("are the filters' own lines, once each, when there are any", () => {
    const line = `${at}[error][wasm] [source/context.cc:1] wasm log heirloom.smtp: heirloom.smtp: configuration: verbosity: expected x`;
    expect(
      startErrors(`${line}\n${line}\n${at}[critical][main] [a.cc:1] error initializing`, "exit code 1"),
    ).toEqual(["heirloom.smtp: configuration: verbosity: expected x"]);
  });
  test("is Envoy's last error line otherwise, or how it ended", () => {
    const log = `${at}[warning][misc] [a.cc:1] old\n${at}[critical][main] [a.cc:1] cannot bind\nlast words`;
    expect(startErrors(log, "exit code 1")).toEqual(["Envoy ended (exit code 1): cannot bind"]);
    expect(startErrors("", "signal SIGILL")).toEqual(["Envoy ended (signal SIGILL) without a word"]);
  });
});

describe.skipIf(envoy === undefined)("an Envoy", () => {
  let running: RunningEnvoy | undefined;
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  test("comes up, says where it is, and goes without a trace", async () => {
    running = await startEnvoy({ config: movable, envoy, cwd: PROJECT, concurrency: 2 });
    const listener = await running.listener("smtp");
    expect(listener).toEqual({ host: "127.0.0.1", port: expect.any(Number) as number });
    expect(listener.port).not.toBe(0);
    await expect(running.listener("imap")).rejects.toThrow('Envoy has no listener named "imap"');
    const samples = await running.scrape();
    expect(samples.filter(({ name }) => name === "smtp_sessions_total")).toHaveLength(1);
    await running.stop();
    await running.stop();
    expect(await running.exited).toBe("exit code 0");
    expect(() => process.kill(running?.pid ?? 0, 0)).toThrow("ESRCH");
    await expect(running.scrape()).rejects.toThrow(`no answer from ${running.admin}/stats/prometheus (`);
  });

  test("refuses a filter's configuration in the filter's words", async () => {
    const config = configureFilter(movable, "smtp", { verbostiy: "low", verbosity: "loud" });
    const error = await startEnvoy({ config, envoy, cwd: PROJECT }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EnvoyStartError);
    expect((error as EnvoyStartError).reasons).toEqual([
      expect.stringMatching(/^heirloom\.smtp: configuration: verbosity: expected .*, found "loud"$/),
      expect.stringMatching(
        /^heirloom\.smtp: configuration: .*unknown key "verbostiy"; did you mean "verbosity"\?$/,
      ),
    ]);
    expect((error as EnvoyStartError).log).toContain("Unable to create Wasm plugin heirloom.smtp");
  });

  test("refuses what is no configuration, in one line", async () => {
    const config = movable.replace("stats_flush_interval", "stats_flash_interval");
    await expect(startEnvoy({ config, envoy, cwd: PROJECT })).rejects.toThrow(
      /^Envoy ended \(exit code 1\): .*no such field: 'stats_flash_interval'/,
    );
    await expect(startEnvoy({ config: movable, envoy: join(PROJECT, "package.json") })).rejects.toThrow(
      /^cannot run .*package\.json: /,
    );
  });

  test("without its module is refused in one line", async () => {
    const config = movable.replaceAll("build/heirloom.wasm", "build/nothing.wasm");
    await expect(startEnvoy({ config, envoy, cwd: PROJECT })).rejects.toThrow(
      /^Envoy ended \(exit code 1\): .*nothing\.wasm/,
    );
  });
});
