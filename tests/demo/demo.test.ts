import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { PORTS } from "../../demo/configuration.ts";
import { refused, session } from "../../demo/ldap/clients/session.ts";
import { Dialog } from "../../demo/smtp/clients/dialog.ts";
import { replaceAddresses } from "../../host/envoy/adapt.ts";
import { formatAddress, parseAddress, type Address } from "../../host/envoy/address.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { anyPort, isFree } from "../../host/envoy/ports.ts";
import { startEnvoy } from "../../host/envoy/process.ts";
import { PROJECT } from "../../host/envoy/project.ts";

const run = promisify(execFile);
const envoy = await findEnvoy();
const VARIABLES = Object.values(PORTS).map(({ variable }) => variable);

beforeAll(async () => {
  await run(process.execPath, ["tools/build.mjs", "--stale"], { cwd: PROJECT });
});

let demo: Demo | undefined;

afterEach(() => {
  demo?.child.kill("SIGKILL");
  demo = undefined;
});

/** The demo as beforeAll has built it. */
const BUILT = "dist/demo/main.js";
/** The demo as `npm run demo` starts it: builds first what is out of date. */
const SCRIPT = "tools/demo.mjs";

class Demo {
  readonly child: ChildProcessWithoutNullStreams;
  readonly closed: Promise<unknown>;
  out = "";
  error = "";

  constructor(words: readonly string[], environment: NodeJS.ProcessEnv = {}, program = BUILT) {
    this.child = spawn(process.execPath, [program, ...words], {
      cwd: PROJECT,
      env: { ...process.env, ...(envoy ? { ENVOY: envoy } : {}), ...environment },
      // In a process group of its own, as a shell would start it.
      detached: true,
    });
    this.closed = once(this.child, "close");
    this.child.stdout.on("data", (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr.on("data", (chunk: Buffer) => (this.error += chunk.toString()));
  }

  async exit(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match) return match;
      if (this.child.exitCode !== null) throw new Error(`the demo ended: ${this.out}${this.error}`);
      await delay(20);
    }
  }

  /** Where a protocol goes in, and where the server behind takes it. */
  async addresses(protocol: "smtp" | "ldap" = "smtp"): Promise<{ proxy: Address; server: Address }> {
    const [, proxy = "", server = ""] = await this.until(new RegExp(`${protocol}://(\\S+) → (\\S+)`));
    return { proxy: parseAddress(proxy), server: parseAddress(server) };
  }

  /** What a terminal does at Ctrl-C: the signal goes to the whole group. */
  interrupt(): void {
    process.kill(-(this.child.pid ?? 0), "SIGINT");
  }

  /** Processes that it started. */
  children(): number[] {
    const pid = String(this.child.pid);
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return list.trim().split(/\s+/).filter(Boolean).map(Number);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What every good run shows, whichever the proxy. */
function expectAllEqual({ out, error }: Demo): void {
  expect(error).toBe("");
  expect(out).toMatch(/✓ \d+ rows, all equal\n$/);
  expect(out).not.toContain("✗");
  for (const row of [
    /sessions {2,}[1-9]/,
    /tls {2,}[1-9]/,
    /eod 2xx {2,}[1-9]/,
    /eod 5xx {2,}[1-9]/,
    /mail 5xx {2,}[1-9]/,
    /data 5xx {2,}[1-9]/,
    /committed {2,}[1-9]/,
    /rejected {2,}[1-9]/,
    /client_close {2,}[1-9]/,
    /rset {2,}[1-9]/,
    /hello {2,}[1-9]/,
    /rejected_4xx {2,}[1-9]/,
    /rejected_5xx {2,}[1-9]/,
    /null senders {2,}[1-9]/,
    /message bytes {2,}[1-9]/,
    /TLS upgrades {2,}[1-9]/,
    /connections {2,}[1-9]/,
    /unbind {2,}[1-9]/,
    /empty {2,}[1-9]/,
    /server_close {2,}[1-9]/,
    /search success {2,}[1-9]/,
    /modify security {2,}[1-9]/,
    /delete not_found {2,}[1-9]/,
    /bind security {2,}[1-9]/,
    /dropped by bind {2,}[1-9]/,
    /unanswered {2,}[1-9]/,
    /abandoned {2,}[1-9].*clients'/,
    /late {2,}[1-9]/,
    /references {2,}[1-9]/,
    /paged_continuation {2,}[1-9]/,
    /sorted {2,}[1-9]/,
    /unauthenticated {2,}[1-9]/,
    /clear passwords {2,}simple {2,}[1-9]/,
    /StartTLS {2,}refused {2,}[1-9]/,
    /whoami {2,}[1-9]/,
    /http_on_ldap {2,}[1-9]/,
  ]) {
    expect(out).toMatch(row);
  }
}

describe.skipIf(envoy === undefined)("the demo on Envoy", () => {
  test("runs, and finds filter and server equal", async () => {
    demo = new Demo(["--seconds", "6"], {}, SCRIPT);
    expect(await demo.exit(), demo.out + demo.error).toBe(0);
    expect(demo.out).toContain("mail and LDAP through Envoy ");
    expect(demo.out).toMatch(/^0:06 · SMTP · sessions \d/m);
    expect(demo.out).toMatch(/^0:06 · LDAP · connections \d/m);
    expectAllEqual(demo);
  });

  test.each(["low", "high"])("at verbosity %s too", async (verbosity) => {
    demo = new Demo(["--seconds", "3", "--verbosity", verbosity]);
    expect(await demo.exit(), demo.out + demo.error).toBe(0);
    expect(demo.out.includes("reply codes")).toBe(verbosity === "high");
    expect(demo.out.includes("result codes")).toBe(verbosity === "high");
  });

  test("attaches to an Envoy that runs already, counting from where that one stands", async () => {
    const any = { host: "127.0.0.1", port: 0 };
    const [mail, directory] = [await anyPort(), await anyPort()];
    const config = replaceAddresses(await readFile(join(PROJECT, "envoy.yaml"), "utf8"), {
      admin: any,
      listeners: { smtp: any, ldap: any },
      clusters: { smtp: { ...any, port: mail }, ldap: { ...any, port: directory } },
    });
    const running = await startEnvoy({ config, envoy, cwd: PROJECT });
    try {
      const listen = [await running.listener("smtp"), await running.listener("ldap")].map(formatAddress);
      const words = ["--attach", listen.join(), "--admin", new URL(running.admin).host, "--seconds", "2"];
      for (let round = 1; round <= 2; round++) {
        demo = new Demo(words, {
          [PORTS.mail.variable]: String(mail),
          [PORTS.directory.variable]: String(directory),
        });
        expect(await demo.exit(), demo.out + demo.error).toBe(0);
        expect(demo.out).toContain(`mail and LDAP through the proxy with admin interface ${running.admin}`);
        expect(demo.out).toMatch(/✓ \d+ rows, all equal\n$/);
      }
      expect(isAlive(running.pid)).toBe(true);
    } finally {
      await running.stop();
    }
  });

  test.skipIf(process.platform !== "linux")("Ctrl-C compares and leaves nothing behind", async () => {
    demo = new Demo([]);
    const taken = [await demo.addresses("smtp"), await demo.addresses("ldap")];
    await demo.until(/sessions [1-9]/);
    const children = demo.children();
    expect(children).not.toEqual([]);
    demo.interrupt();
    expect(await demo.exit(), demo.out + demo.error).toBe(0);
    expect(demo.out).toMatch(/✓ \d+ rows, all equal\n$/);
    expect(children.filter(isAlive)).toEqual([]);
    for (const { host, port } of taken.flatMap(({ proxy, server }) => [proxy, server]))
      expect(await isFree(host, port)).toBe(true);
  });

  test.skipIf(process.platform !== "linux")(
    "a second Ctrl-C ends it at once, and Envoy with it",
    async () => {
      demo = new Demo([]);
      await demo.until(/sessions [1-9]/);
      const children = demo.children();
      demo.interrupt();
      await delay(100);
      demo.interrupt();
      expect(await demo.exit()).toBe(130);
      expect(demo.out).not.toContain("rows");
      while (children.some(isAlive)) await delay(20);
    },
  );

  test.skipIf(process.platform !== "linux")("SIGTERM is as good as Ctrl-C", async () => {
    demo = new Demo([]);
    await demo.until(/sessions [1-9]/);
    const children = demo.children();
    demo.child.kill("SIGTERM");
    expect(await demo.exit(), demo.out + demo.error).toBe(0);
    expect(demo.out).toMatch(/✓ \d+ rows, all equal\n$/);
    expect(children.filter(isAlive)).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")("says so when Envoy ends", async () => {
    demo = new Demo([]);
    await demo.until(/sessions [1-9]/);
    for (const pid of demo.children()) process.kill(pid, "SIGKILL");
    expect(await demo.exit()).toBe(1);
    expect(demo.error).toMatch(/^heirloom demo: .*\n$/);
  });
});

describe("the demo on the embedded host", () => {
  test("runs, and finds filter and server equal", async () => {
    demo = new Demo(["--embedded", "--seconds", "6"]);
    expect(await demo.exit(), demo.out + demo.error).toBe(0);
    expect(demo.out).toContain("mail and LDAP through the embedded host (no Envoy)");
    expectAllEqual(demo);
  });

  test("exits with 1 and marks the rows when the server knows of more than the filter", async () => {
    demo = new Demo(["--embedded", "--seconds", "2"]);
    const { server } = await demo.addresses("smtp");
    const aside = await Dialog.open(server);
    await aside.ask("NOOP", 250);
    await aside.quit();
    const { server: directory } = await demo.addresses("ldap");
    await session(directory, async (client) => {
      await client.search("", { scope: "base" });
    });
    expect(await demo.exit()).toBe(1);
    expect(demo.out).toMatch(/ sessions +\d+ +\d+ {2}✗/);
    expect(demo.out).toMatch(/ connections +\d+ +\d+ {2}✗/);
    expect(demo.out).toMatch(/✗ \d+ of \d+ rows differ\n$/);
  });

  test("counts what somebody tries by hand", async () => {
    demo = new Demo(["--embedded", "--seconds", "3"]);
    const { proxy: smtp } = await demo.addresses("smtp");
    const { proxy: ldap } = await demo.addresses("ldap");
    const visitor = await Dialog.open(smtp);
    await visitor.ask("ETRN demo.test", 500);
    await visitor.quit();
    const idler = await Dialog.open(smtp);
    await idler.ask("EHLO idle.demo.test", 250);
    await session(ldap, (client) => refused(2, client.exop("1.3.6.1.4.1.4203.1.11.1")));
    expect(await demo.exit(), demo.out + demo.error).toBe(0);
    expect(demo.out).toMatch(/etrn 5xx +1 +1 {2}✓/);
    expect(demo.out).toMatch(/passwd_modify +1 +1 {2}✓/);
    expect(demo.out).toMatch(/open +1 +1 {2}✓/);
  });
});

describe("bad input", () => {
  test("a port that is in use, when it was asked for, is one line", async () => {
    const port = await anyPort();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    for (const variable of VARIABLES) {
      demo = new Demo(["--embedded", "--seconds", "1"], { [variable]: String(port) });
      expect(await demo.exit()).toBe(1);
      expect(demo.error).toBe(`heirloom demo: port ${port} of 127.0.0.1 (from ${variable}) is in use\n`);
    }
    other.close();
  });

  test("a usual port that is in use is replaced, which is printed", async () => {
    const other = createServer().listen(2525, "127.0.0.1");
    await Promise.race([once(other, "listening"), once(other, "error")]);
    demo = new Demo(["--embedded", "--seconds", "1"]);
    expect(await demo.exit(), demo.error).toBe(0);
    expect(demo.out).toMatch(/^port 2525 is in use, taking \d+ instead \(HEIRLOOM_SMTP_PORT fixes it\)$/m);
    other.close();
  });

  test("an ENVOY that is none is one line", async () => {
    demo = new Demo(["--seconds", "1"], { ENVOY: "/no/such/envoy" });
    expect(await demo.exit()).toBe(1);
    expect(demo.error).toBe('heirloom demo: ENVOY: expected the path of a program, found "/no/such/envoy"\n');
  });

  test.each([
    [["--seconds", "soon"], "option '-s, --seconds <n>' argument 'soon' is invalid"],
    [["--verbosity", "loud"], "option '-v, --verbosity <level>' argument 'loud' is invalid"],
    [["--atach"], "unknown option '--atach'"],
    [["--attach", "127.0.0.1:1,127.0.0.1:2"], "--attach and --admin go together"],
    [["--attach", "127.0.0.1:1"], "argument '127.0.0.1:1' is invalid. Expected two addresses"],
    [["--attach", "127.0.0.1:1,here"], "argument '127.0.0.1:1,here' is invalid. Expected host:port."],
  ])("%j is refused with exit code 2", async (words, text) => {
    demo = new Demo(words);
    expect(await demo.exit()).toBe(2);
    expect(demo.error).toContain("heirloom demo: ");
    expect(demo.error).toContain(text);
  });

  test("--help says what there is", async () => {
    demo = new Demo(["--help"]);
    expect(await demo.exit()).toBe(0);
    for (const word of ["--seconds", "--verbosity", "--embedded", ...VARIABLES])
      expect(demo.out).toContain(word);
  });
});
