// npm run example, as a person runs it.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { exampleNames } from "../../demo/examples/example.ts";
import { parseSection } from "../../demo/examples/section.ts";
import { changes, ownSamples, shownLine } from "../../demo/examples/watch.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { PROJECT } from "../../host/envoy/project.ts";

const run = promisify(execFile);
const envoy = await findEnvoy();

const SCRIPT = "tools/example.mjs";

beforeAll(async () => {
  await run(process.execPath, ["tools/build.mjs", "--example", "trivial", "--stale"], { cwd: PROJECT });
});

async function example(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const failed = (error: { code: number; stdout: string; stderr: string }): typeof error => error;
  const { stdout, stderr, ...rest } = await run(process.execPath, [SCRIPT, ...words], { cwd: PROJECT }).catch(
    failed,
  );
  return { code: "code" in rest ? rest.code : 0, stdout, stderr };
}

describe("npm run example", () => {
  test("--list shows every example with what it shows", async () => {
    const { stdout } = await example("--list");
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ", 1)[0])).toEqual(exampleNames());
    expect(stdout).toMatch(/^banner +The server's first line goes to the client as another\.$/m);
  });

  test("--help names the examples and the options", async () => {
    const { code, stdout } = await example("--help");
    expect(code).toBe(0);
    for (const word of [...exampleNames(), "--list", "--set", "--bind"]) expect(stdout).toContain(word);
  });

  test("an unknown name is guessed at", async () => {
    const { code, stderr } = await example("baner");
    expect(code).toBe(2);
    expect(stderr).toBe("heirloom example: unknown example 'baner'\n(Did you mean banner?)\n");
  });

  test("settings have to be an object", async () => {
    const { code, stderr } = await example("trivial", "--set", "[1]");
    expect(code).toBe(2);
    expect(stderr).toContain("Expected a JSON object");
  });

  test("a path that is no Envoy is said in one line", async () => {
    const environment = { ...process.env, ENVOY: "/no/such/envoy" };
    const failed = run(process.execPath, [SCRIPT, "trivial"], { cwd: PROJECT, env: environment });
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: 'heirloom example: ENVOY: expected the path of a program, found "/no/such/envoy"\n',
    });
  });

  test.skipIf(envoy === undefined)("says what to type, shows what comes, and ends at Ctrl-C", async () => {
    const port = await anyPort();
    const child = spawn(process.execPath, [SCRIPT, "trivial", "--set", '{"stat_prefix":"other"}'], {
      cwd: PROJECT,
      env: { ...process.env, ENVOY: envoy, HEIRLOOM_TRIVIAL_PORT: String(port) },
      detached: true,
    });
    let out = "";
    let look = (): void => undefined;
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      look();
    });
    const has = (text: string): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (out.includes(text)) resolve();
        };
        look();
      });
    const exited = once(child, "exit");
    try {
      await has("Ctrl-C ends it.");
      expect(out).toContain(`  $ nc 127.0.0.1 ${port}\n  > hello\n`);
      const socket = connect({ port, host: "127.0.0.1" });
      socket.end("hello\n");
      await once(socket.resume(), "close");
      await has('{"trivial":"client=6 server=6"}');
      await has('trivial_bytes_total{stat_prefix="other",from="client"} 6');
      process.kill(-(child.pid ?? 0), "SIGINT");
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
    await expect(once(connect({ port, host: "127.0.0.1" }), "connect")).rejects.toThrow("ECONNREFUSED");
  });
});

describe("what is shown", () => {
  const prefix = "[2026-11-21 17:00:00.000][12]";

  test("of Envoy's output are filters' lines, the access log, and trouble", () => {
    const wasm = `${prefix}[info][wasm] [source/extensions/common/wasm/context.cc:1157] wasm log a b: a: text: more`;
    expect(shownLine(wasm)).toBe("[info] a: text: more");
    expect(shownLine('{"trivial":"client=6"}')).toBe('{"trivial":"client=6"}');
    expect(shownLine(`${prefix}[error][wasm] [source/a.cc:1] the VM failed`)).toContain("the VM failed");
    expect(shownLine(`${prefix}[warning][misc] [source/a.cc:1] Deprecated field`)).toBeUndefined();
    expect(shownLine(`${prefix}[info][main] [source/a.cc:1] starting`)).toBeUndefined();
  });

  test("of the metrics are those of filters, when they change", () => {
    const sample = (name: string, value: number): { name: string; labels: object; value: number } => ({
      name,
      labels: {},
      value,
    });
    const own = ownSamples([
      { ...sample("a_total", 0), labels: {} },
      { ...sample("b_total", 2), labels: { from: "client" } },
      { ...sample("envoy_c", 3), labels: {} },
      { ...sample("d_us_bucket", 4), labels: {} },
      { ...sample("e_filter_info", 1), labels: {} },
    ]);
    expect([...own.keys()]).toEqual(["a_total", 'b_total{from="client"}']);
    expect(changes(new Map(), own)).toEqual(['b_total{from="client"} 2']);
    expect(changes(own, own)).toEqual([]);
  });
});

describe("docs/examples.md is read", () => {
  const read = (body: string): ReturnType<typeof parseSection> =>
    parseSection(`# Examples\n\n## a\n\n${body}\n\n## b\n\nother\n`, "a");

  test("as sessions, log and metrics", () => {
    const section = read(
      "Idea.\n\n```console\n$ nc -s 127.0.0.2 127.0.0.1 10000\n> x\ny\n$\n```\n\n```log\n[info] z\n```\n\n```metrics\nm 1\n```",
    );
    expect(section.idea).toBe("Idea.");
    expect(section.sessions).toEqual([
      {
        port: 10_000,
        from: "127.0.0.2",
        steps: [
          { kind: "typed", line: "x" },
          { kind: "shown", line: "y" },
        ],
        isClosed: true,
      },
    ]);
    expect(section.log).toEqual(["[info] z"]);
    expect(section.metrics).toEqual(["m 1"]);
  });

  test("and what is none of that fails", () => {
    expect(() => read("```console\n$ nc somewhere 1\n```")).toThrow('expected "$ nc 127.0.0.1 PORT"');
    expect(() => parseSection("# Examples\n", "a")).toThrow('no section "a"');
  });
});
