import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readAddresses, readFilter } from "../../host/envoy/adapt.ts";
import { heirloom } from "../support/heirloom.ts";
import { modulePath } from "../support/modules.ts";
import { printed, startRun } from "../support/running.ts";
import { Peer, Upstream, closedPort } from "../support/sockets.ts";
import { watBinary } from "../support/wat.ts";

let folder: string;
let accepting: string;
let refusing: string;
let choosing: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heirloom-cli-"));
  accepting = write(
    "accepting.wasm",
    watBinary(`(data (i32.const 16) "own.default.things_total.colour.red") (data (i32.const 64) "own.default.size_bytes")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $define (i32.const 0) (i32.const 16) (i32.const 35) (i32.const 8)))
        (drop (call $define (i32.const 2) (i32.const 64) (i32.const 22) (i32.const 8)))
        (i32.const 1))`),
  );
  refusing = write(
    "refusing.wasm",
    watBinary(`(data (i32.const 16) "own: configuration: no") (data (i32.const 64) "own: configuration: never")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $log (i32.const 4) (i32.const 16) (i32.const 22)))
        (drop (call $log (i32.const 4) (i32.const 64) (i32.const 25)))
        (i32.const 0))`),
  );
  // Wants one environment variable, and holds a connection until the first bytes let it choose.
  choosing = write(
    "choosing.wasm",
    watBinary(`(data (i32.const 64) "set_envoy_filter_state")
      (data (i32.const 128) "\\0a\\17envoy.tcp_proxy.cluster\\12\\06second")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $environ_sizes (i32.const 8) (i32.const 12)))
        (i32.eq (i32.load (i32.const 8)) (i32.const 1)))
      (func (export "proxy_on_new_connection") (param i32) (result i32) (i32.const 1))
      (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
        (call $foreign (i32.const 64) (i32.const 22) (i32.const 128) (i32.const 33) (i32.const 0) (i32.const 0)))`),
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("every command", () => {
  test.each(["run", "check", "metrics", "envoy"])("%s has help", async (command) => {
    const { code, out } = await heirloom(command, "--help");
    expect(code).toBe(0);
    expect(out).toContain(`Usage: heirloom ${command}`);
    expect(out).toContain("--filter");
  });

  test("so has heirloom itself, and a version", async () => {
    expect((await heirloom("--help")).out).toContain("Usage: heirloom");
    expect((await heirloom("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("is there before the first build, too, and says so: npx makes its link once", () => {
    const { bin } = JSON.parse(readFileSync("package.json", "utf8")) as { bin: { heirloom: string } };
    mkdirSync(join(folder, "tools"));
    const copy = join(folder, "tools", "heirloom.mjs");
    copyFileSync(bin.heirloom, copy);
    const { status, stderr } = spawnSync(copy, ["--version"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([1, "heirloom is not built yet: npm run build\n"]);
  });

  const wrong: [why: string, ...words: string[]][] = [
    ["unknown command 'rnu'", "rnu"],
    ["unknown option '--verbostiy'", "metrics", "--filter", "smtp", "--verbostiy", "low"],
    ["required option '--filter <name[=file]>' not specified", "metrics"],
    ['--filter: expected NAME or NAME=FILE.wasm, found "S="', "metrics", "--filter", "S="],
    ["'--format <format>' argument 'xml' is invalid", "metrics", "--filter", "smtp", "--format", "xml"],
    [
      '--listen: expected host:port, found "x"',
      "run",
      "--filter",
      "smtp",
      "--listen",
      "x",
      "--upstream",
      "a:1",
    ],
    ...(
      [
        ['--cluster: expected name=host:port, found "x"', "--cluster", "x"],
        ['--cluster: expected host:port, found "y"', "--cluster", "x=y"],
        ["--env: A is given twice", "--env", "A=1", "--env", "A="],
        ["'--connect <when>' argument 'late' is invalid", "--connect", "late"],
      ] as const
    ).map(([why, ...words]): [string, ...string[]] => [
      why,
      ...["run", "--filter", "smtp", "--listen", ":1", "--upstream", "a:1", ...words],
    ]),
    ["no file missing.json", "check", "missing.json", "--filter", "smtp"],
    ["no file missing.wasm", "version", "missing.wasm"],
    ["tests is a folder", "check", "tests", "--filter", "smtp"],
    ["tests is a folder", "replay", "tests"],
    ...[
      ["--listen", ":9901"],
      ["--listen", ":1", "--filter", "ldap", "--listen", "127.0.0.1:1", "--upstream", "a:2"],
    ].map((words): [string, ...string[]] => [
      "is given twice",
      ...["envoy", "--filter", "smtp", "--upstream", "a:1", ...words],
    ]),
  ];
  test.each(wrong)("used wrongly says in one line: %s", async (why, ...words) => {
    const { code, out, err } = await heirloom(...words);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(why);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  test("without a module says how to build it", async () => {
    const { code, err } = await heirloom("metrics", "--filter", "own=build/own.wasm");
    expect([code, err]).toEqual([2, "no module build/own.wasm: build it with `npm run build`\n"]);
  });

  test("with a filter that is none says which there are", async () => {
    const { code, err } = await heirloom("metrics", "--filter", "stmp");
    const words = 'no filter "stmp": there are smtp, ldap, pop3; another module is stmp=FILE.wasm\n';
    expect([code, err]).toEqual([2, words]);
  });

  test("with a file that is no module says Envoy's words", async () => {
    const { code, err } = await heirloom("metrics", "--filter", `x=${write("x.wasm", "no module")}`);
    expect([code, err.trim().endsWith("x.wasm: Failed to parse corrupted Wasm module")]).toEqual([1, true]);
  });
});

describe("heirloom check", () => {
  test("accepts", async () => {
    const { code, out } = await heirloom("check", write("c.json", "{}"), "--filter", `own=${accepting}`);
    expect(code).toBe(0);
    expect(out).toContain("accepted by heirloom.own");
  });

  test("refuses with the module's own lines", async () => {
    const { code, err } = await heirloom("check", write("c.json", "{}"), "--filter", `own=${refusing}`);
    expect(code).toBe(1);
    expect(err).toBe("own: configuration: no\nown: configuration: never\n");
  });

  test.skipIf(!existsSync(modulePath("smtp")))("says what the smtp filter says", async () => {
    const file = write("smtp.json", '{"verbostiy": "low", "slow_commands_ms": {"rcpt": "fast"}}');
    const { code, err } = await heirloom("check", file, "--filter", "smtp");
    expect(code).toBe(1);
    expect(err).toContain(
      'heirloom.smtp: configuration: slow_commands_ms.rcpt: expected a whole number between 1 and 3600000, found "fast"',
    );
    expect(err).toContain('heirloom.smtp: configuration: unknown key "verbostiy"; did you mean "verbosity"?');
  });
});

describe("heirloom metrics", () => {
  test("lists names, types, labels and values", async () => {
    const { code, out } = await heirloom("metrics", "--filter", `own=${accepting}`);
    expect(code).toBe(0);
    expect(out).toBe(
      "own_size_bytes    histogram\nown_things_total  counter    colour=red\n2 metrics, 2 series\n",
    );
  });

  test("as JSON too", async () => {
    const { out } = await heirloom("metrics", "--filter", `own=${accepting}`, "--format", "json");
    expect(JSON.parse(out)).toEqual([
      { name: "own_size_bytes", protocol: "own", type: "histogram", labels: {}, series: 1 },
      { name: "own_things_total", protocol: "own", type: "counter", labels: { colour: ["red"] }, series: 1 },
    ]);
  });

  test("takes the verbosity from one place", async () => {
    const { code } = await heirloom("metrics", "--filter", "x", "--verbosity", "low", "--config", "c.json");
    expect(code).toBe(2);
  });
});

describe("heirloom envoy", () => {
  test("prints a configuration with the module's own tokens", async () => {
    const file = write("c.json", '{"verbosity": "low"}');
    const { code, out } = await heirloom(
      ...[
        "envoy",
        "--filter",
        `own=${accepting}`,
        "--listen",
        "127.0.0.1:2525",
        "--upstream",
        "mail.example:25",
      ],
      ...["--config", file, "--module", "/etc/envoy/own.wasm"],
    );
    expect(code).toBe(0);
    const config = parse(out) as { stats_config: { stats_tags: { tag_name: string; regex: string }[] } };
    expect(config.stats_config.stats_tags.find(({ tag_name }) => tag_name === "colour")?.regex).toContain(
      "|own)",
    );
    expect(out).toContain("filename: /etc/envoy/own.wasm");
    expect(out).toContain("verbosity: low");
  });

  test("for several filters, each with its place, and what is given once for all of them", async () => {
    const file = write("both.json", '{"verbosity": "low"}');
    const smtp = ["--filter", "smtp", "--listen", "0.0.0.0:2525", "--upstream", "mail.example:25"];
    const ldap = ["--filter", "ldap", "--listen", "0.0.0.0:3890", "--upstream", "directory.example:389"];
    const shared = ["--module", "/etc/envoy/heirloom.wasm", "--config", file];
    const { code, out, err } = await heirloom("envoy", ...smtp, ...ldap, ...shared);
    expect([code, err]).toEqual([0, ""]);
    expect(readAddresses(out)).toMatchObject({
      listeners: { smtp: { port: 2525 }, ldap: { port: 3890 } },
      clusters: { smtp: { host: "mail.example", port: 25 }, ldap: { host: "directory.example", port: 389 } },
    });
    for (const name of ["smtp", "ldap"])
      expect(readFilter(out, name)).toEqual({
        rootId: `heirloom.${name}`,
        module: "/etc/envoy/heirloom.wasm",
        configuration: { verbosity: "low" },
      });
  });

  test.each([
    ["--listen: expected it once for each --filter, found 1 for 2", ["--listen", ":1", "--upstream", "a:1"]],
    [
      "--upstream: expected it once for each --filter, found 3 for 2",
      ["--listen", ":1", "--listen", ":2", "--upstream", "a:1", "--upstream", "a:1", "--upstream", "a:1"],
    ],
    [
      "--root-id: expected it once, or once for each of 2 filters",
      [
        ...["--listen", ":1", "--listen", ":2", "--upstream", "a:1", "--upstream", "a:1"],
        ...["--root-id", "a", "--root-id", "b", "--root-id", "c"],
      ],
    ],
  ])("%s", async (line, words) => {
    const { code, err } = await heirloom("envoy", "--filter", "smtp", "--filter", "ldap", ...words);
    expect([code, err]).toEqual([2, `${line}\n`]);
  });

  test("not with a configuration that the module refuses", async () => {
    const { code, err } = await heirloom(
      "envoy",
      "--filter",
      `own=${refusing}`,
      "--listen",
      ":1",
      "--upstream",
      "a:1",
    );
    expect([code, err]).toEqual([1, "own: configuration: no\nown: configuration: never\n"]);
  });
});

describe("heirloom run", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("proxies until %s and ends with 0", async (signal) => {
    const upstream = await Upstream.start();
    const accepted = upstream.next();
    const running = startRun(
      ...["--filter", `own=${accepting}`, "--listen", "127.0.0.1:0"],
      ...["--upstream", `127.0.0.1:${upstream.port}`, "--admin", "127.0.0.1:0"],
    );
    try {
      const port = Number(await printed(running, /^own: 127\.0\.0\.1:(\d+) → /));
      const metrics = await printed(running, /^metrics: (http:\S+)$/);
      const client = await Peer.connect(port);
      const server = await accepted;
      client.send("x");
      await server.until(({ text }) => text === "x");
      expect(await (await fetch(metrics)).text()).toContain(
        'own_things_total{stat_prefix="default",colour="red"} 0',
      );
      client.socket.end();
      server.socket.end();
      running.process.kill(signal);
      expect(await running.exit).toBe(0);
      expect(running.err()).toBe("");
    } finally {
      running.process.kill("SIGKILL");
      upstream.stop();
    }
  });

  test("goes to the cluster that the filter chooses", async () => {
    const [upstream, second] = [await Upstream.start(), await Upstream.start()];
    const accepted = second.next();
    const running = startRun(
      ...[
        "--filter",
        `own=${choosing}`,
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        `127.0.0.1:${upstream.port}`,
      ],
      ...["--cluster", `second=127.0.0.1:${second.port}`, "--env", "A=1", "--connect", "on_downstream_data"],
    );
    try {
      const client = await Peer.connect(Number(await printed(running, /^own: 127\.0\.0\.1:(\d+) → /)));
      client.send("x");
      await (await accepted).until(({ text }) => text === "x");
      expect(upstream.accepted).toEqual([]);
      client.socket.destroy();
    } finally {
      running.process.kill("SIGKILL");
      upstream.stop();
      second.stop();
    }
  });

  test("a port in use is one line and exit code 1", async () => {
    const upstream = await Upstream.start();
    const address = `127.0.0.1:${upstream.port}`;
    const running = startRun("--filter", `own=${accepting}`, "--listen", address, "--upstream", address);
    expect(await running.exit).toBe(1);
    expect(running.err()).toBe(`${address} is in use\n`);
    upstream.stop();
  });

  test("so is a refused configuration", async () => {
    const port = await closedPort();
    const running = startRun(
      "--filter",
      `own=${refusing}`,
      "--listen",
      `:${port}`,
      "--upstream",
      "127.0.0.1:1",
    );
    expect(await running.exit).toBe(1);
    expect(running.err()).toBe("own: configuration: no\nown: configuration: never\n");
  });
});
