// The decision list of docs/operate.md: each cause is provoked, and what the page says is seen then.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SMTP_SCENE } from "../../demo/smtp/scene.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { readMarkdown, tablesOf } from "../../tools/docs/markdown.mjs";
import { DEADLY_BYTES, failingModule } from "../support/failing-module.ts";
import { accepted, filtersOf, PATIENCE, refused, set, shown, text } from "./support/changed.ts";
import { Client, deliver } from "./support/client.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";

const PAGE = readMarkdown("docs/operate.md");
const TOPICS = ["start", "there", "connections", "reading", "parts", "stopped"];

const LOCAL = "127.0.0.1";
/** The least there may be. A session takes some 1,500 bytes, and memory doubles: some thousands spend it. */
const MEMORY_BYTES = 4 * 1024 * 1024;
const BATCH = 250;
const MOST_CONNECTIONS = 8_000;

/** The begin of a TLS handshake. */
const CLIENT_HELLO = Buffer.from("16030100c8010000c40303", "hex");

/** Takes the connections that are to spend the memory: the mail server's queue would be full for who comes after them. */
let silent: Server | undefined;
let server: { readonly address: { readonly port: number }; stop(): Promise<void> } | undefined;
let rig: Rig;
const folder = mkdtempSync(join(tmpdir(), "heirloom-operate-"));

/** What is seen when that is the cause. */
const PROVOKED: Readonly<Record<string, () => Promise<string>>> = {
  "The module is not there, or Envoy may not read it": () =>
    refused((config) => set(config, ["vm_config", "code", "local", "filename"], "/etc/envoy/smtp.wasm")),
  "The `root_id` is none of the module's": () =>
    refused((config) => set(config, ["root_id"], "heirloom.stmp")),
  "A key or value of the filter's configuration is wrong": () =>
    refused((config) => set(config, ["configuration", "value", "verbostiy"], "high")),
  "The filter stands behind `tcp_proxy`": () => refused((config) => filtersOf(config).reverse()),
  "This Envoy has another runtime": () =>
    refused((config) => set(config, ["vm_config", "runtime"], "envoy.wasm.runtime.wasmtime")),
  "Both are": () => refused((config) => set(config, ["failure_policy"], "FAIL_OPEN")),

  "The path of the scrape is wrong: `/metrics`, say": () => text(rig.envoy, "/metrics"),
  "The listener, or this filter chain of it, has no filter": () =>
    accepted(
      (config) => filtersOf(config).shift(),
      async (envoy) => {
        await deliver((await envoy.listener("smtp")).port);
        return shown(envoy, "/stats/prometheus", /^envoy_tcp_downstream_cx_total\{.*\} 1$/m);
      },
      server?.address.port,
    ),
  "`stats_matcher` of the bootstrap rejects what begins with `wasmcustom`": () =>
    accepted(
      (config) =>
        config.setIn(["stats_config", "stats_matcher"], {
          exclusion_list: { patterns: [{ prefix: "wasmcustom" }] },
        }),
      async (envoy) =>
        (await text(envoy, "/stats/prometheus")) +
        (await shown(envoy, "/stats", /^wasm\.envoy\.wasm\.runtime\.v8\.active: [1-9]/m)),
    ),
  "`stats_tags` are missing from the bootstrap: labels are part of the names": () =>
    accepted(
      (config) => config.deleteIn(["stats_config"]),
      (envoy) => text(envoy, "/stats/prometheus"),
    ),

  "Clients do not come through Envoy: DNS, a service's port, a firewall": () =>
    accepted(
      () => undefined,
      async (envoy) =>
        (await text(envoy, "/stats/prometheus")) + (await text(envoy, "/stats?filter=^listener")),
    ),
  "They come, and Envoy does not reach the server": async () => {
    const socket = connect(rig.port("unreachable"), LOCAL).on("error", () => undefined);
    await once(socket, "close");
    return happened('reason="upstream_unreachable"');
  },

  "Clients speak TLS from the first byte, as on port 465": async () => {
    await say("tls", CLIENT_HELLO);
    return happened('cause="tls_first"');
  },
  "Clients and server began TLS in the session": async () => {
    const tls = { rejectUnauthorized: false };
    const mailer = createTransport({ host: LOCAL, port: rig.port("starttls"), requireTLS: true, tls });
    await mailer.verify();
    mailer.close();
    return happened('cause="starttls"');
  },
  'Another protocol on this port; `smtp_anomalies_total{…kind="http_to_smtp"} 1` names HTTP': async () => {
    await say("http", "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    return happened('cause="not_smtp"');
  },
  "A load balancer in front sends a PROXY preamble: it is skipped, and all is read": async () => {
    await say("preamble", "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\nNOOP\r\n");
    return happened('version="v1"');
  },
  "The same, and `proxy_protocol` is `never`": async () => {
    await say("never", "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\nNOOP\r\n");
    return happened('verb="other"');
  },
  "More sessions at a time than `limits.sessions`": async () => {
    const first = await Client.connect(rig.port("sessions"));
    await first.reply();
    await deliver(rig.port("sessions"));
    first.leave();
    return happened('cap="sessions"');
  },
  "`limits.memory_bytes` is spent": async () => {
    const open: Socket[] = [];
    try {
      while (open.length < MOST_CONNECTIONS) {
        const batch = Array.from({ length: BATCH }, () =>
          connect(rig.port("memory"), LOCAL).on("error", () => undefined),
        );
        open.push(...batch);
        await Promise.all(batch.map((socket) => once(socket, "connect")));
        if ((await usedBy("smtp_limits_reached_total")).includes('cap="memory"')) break;
      }
    } finally {
      for (const socket of open) socket.destroy();
    }
    return happened('cap="memory"');
  },

  "The metric is of a higher verbosity; each page says which": async () => {
    await deliver(rig.port("low"));
    const all = await text(rig.envoy, "/stats/prometheus");
    return all
      .split("\n")
      .filter((line) => line.includes('stat_prefix="low"'))
      .join("\n");
  },
  "Histograms wait for a flush, every 5 s if the bootstrap says nothing": () =>
    // Longer, so that the test has time to see it.
    accepted(
      (config) => config.setIn(["stats_flush_interval"], "60s"),
      async (envoy) => {
        await deliver((await envoy.listener("smtp")).port, { hello: "EHLO client.example" });
        return shown(envoy, "/stats/prometheus", /^smtp_commands_total\{.*verb="ehlo"\} 1$/m);
      },
      server?.address.port,
    ),
  "A trap: a defect of the module": async () => {
    await say("trap", "x".repeat(DEADLY_BYTES));
    return vi.waitFor(() => {
      expect(rig.envoy.log).toContain("RuntimeError");
      return rig.envoy.log;
    }, PATIENCE);
  },
  "It leaves out what never happened": () =>
    accepted(
      () => undefined,
      (envoy) => text(envoy, "/stats/prometheus?usedonly"),
    ),
};

describeWith(["envoy"], "the decision list of docs/operate.md", () => {
  beforeAll(async () => {
    server = await SMTP_SCENE.startServer({ host: LOCAL, port: await anyPort() });
    const silentPort = await anyPort();
    silent = createServer((socket) => socket.on("error", () => undefined).resume());
    await once(silent.listen({ host: LOCAL, port: silentPort, backlog: MOST_CONNECTIONS }), "listening");
    const listener = (name: string, configuration: object = {}, upstream = server?.address.port ?? 0) => ({
      name,
      upstream,
      filters: [{ ...smtp({ stat_prefix: name, ...configuration }), vmId: name }],
    });
    const failing = join(folder, "failing.wasm");
    writeFileSync(failing, failingModule());
    const trap = {
      name: "trap",
      upstream: server.address.port,
      filters: [{ module: failing, rootId: "heirloom.smtp" }],
    };
    rig = await startRig({
      listeners: [
        ...["edge", "tls", "starttls", "http", "preamble"].map((name) => listener(name)),
        listener("unreachable", {}, await anyPort()),
        listener("never", { proxy_protocol: "never" }),
        listener("sessions", { limits: { sessions: 1 } }),
        listener("memory", { limits: { memory_bytes: MEMORY_BYTES } }, silentPort),
        listener("low", { verbosity: "low" }),
        trap,
      ],
    });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    await server?.stop();
    silent?.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(TOPICS)("%s", (topic) => {
    const [rows = []] = tablesOf(PAGE, `branches ${topic}`);

    test.each(rows.map((row) => [row["Because"] ?? "", row["You see"] ?? ""]))(
      "%s",
      async (because, cell) => {
        const seen = await PROVOKED[because]?.();
        if (seen === undefined) return expect.fail("nothing provokes it");
        const absent = [...cell.matchAll(/(?:Nothing of|no) `([^`]*)`/g)].map(([, name = ""]) => name);
        const spans = [...cell.matchAll(/`([^`]*)`/g)].map(([, span = ""]) => span);
        for (const name of absent) expect(seen).not.toMatch(new RegExp(`^${name}`, "m"));
        // Paths of the admin interface say where it is seen.
        for (const span of spans.filter((one) => !absent.includes(one) && !one.startsWith("/")))
          expect(seen).toMatch(patternOf(span));
      },
    );
  });
});

test("every cause that is provoked is on the page", () => {
  const causes = TOPICS.flatMap((topic) =>
    (tablesOf(PAGE, `branches ${topic}`)[0] ?? []).map((row) => row["Because"]),
  );
  expect(causes.sort()).toEqual(Object.keys(PROVOKED).sort());
});

function patternOf(span: string): RegExp {
  const parts = span.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join(".*"));
}

/** What has ever happened, once that has. */
function happened(what: string): Promise<string> {
  return vi.waitFor(async () => {
    const page = await usedBy("smtp_");
    expect(page).toContain(what);
    return page;
  }, PATIENCE);
}

async function usedBy(prefix: string): Promise<string> {
  const page = await text(rig.envoy, "/stats/prometheus?usedonly");
  return page
    .split("\n")
    .filter((line) => line.startsWith(prefix))
    .join("\n");
}

/** Waits for the greeting, says so many bytes, and leaves when the server has said something to them or nothing more. */
async function say(listener: string, bytes: string | Buffer): Promise<void> {
  const socket = connect(rig.port(listener), LOCAL).on("error", () => undefined);
  await once(socket, "data");
  socket.write(bytes);
  socket.end();
  await once(socket.resume(), "close");
}
