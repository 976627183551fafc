import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProgressBar } from "../../host/cli/progress.ts";
import { parsePrometheus } from "../../host/index.ts";
import { heirloom } from "../support/heirloom.ts";
import { START, TcpTalk, packetsOf, pcapOf, pcapngOf, type WrittenSegment } from "../support/pcap.ts";
import { watBinary } from "../support/wat.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heirloom-replay-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A message from MAIL to the answer to its dot, in a session of its own. */
function session(options: ConstructorParameters<typeof TcpTalk>[0] = {}): TcpTalk {
  return new TcpTalk(options)
    .handshake()
    .wait(2)
    .server("220 mx.example ESMTP\r\n")
    .client("EHLO client.example\r\n")
    .server("250-mx.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
    .client("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n")
    .server("250 ok\r\n250 ok\r\n354 go\r\n")
    .client("Subject: x\r\n\r\n")
    .client("text\r\n.\r\n")
    .wait(40)
    .server("250 queued\r\n");
}

function whole(options: ConstructorParameters<typeof TcpTalk>[0] = {}): WrittenSegment[] {
  return session(options).client("QUIT\r\n").server("221 bye\r\n").fin("server").fin("client").ack("server")
    .segments;
}

async function metricsOf(...words: string[]): Promise<Map<string, number>> {
  const { code, out, err } = await heirloom("replay", ...words, "--filter", "smtp", "--format", "prometheus");
  expect([code, err]).toEqual([0, ""]);
  const entries = parsePrometheus(out).map(({ name, labels, value }) => {
    const shown = Object.entries(labels).filter(([label]) => label !== "stat_prefix");
    return [[name, ...shown.map(([label, text]) => `${label}=${text}`)].join(" "), value] as const;
  });
  return new Map(entries);
}

describe("heirloom replay", () => {
  test("prints a summary, the connections and every metric that is not zero", async () => {
    const file = write("one.pcap", pcapOf(packetsOf(whole())));
    const { code, out, err } = await heirloom("replay", file, "--filter", "smtp");
    expect([code, err]).toEqual([0, ""]);
    const lines = out.split("\n");
    expect(lines.slice(1, 3)).toEqual([
      "packets      16 packets, 1.09 kB, from 2026-01-01 00:00:00.000 UTC, 42 ms",
      "connections  1 to port 25 (1)",
    ]);
    expect(out).toMatch(
      /^1 {2}0\.000 s {2}192\.0\.2\.1:49152 {2}192\.0\.2\.2:25 {3}42 ms {8}110 B {8}113 B {2}server$/m,
    );
    expect(out).toMatch(/^smtp_sessions_total +1$/m);
    expect(out).toMatch(/^smtp_session_ends_total +reason=quit +1$/m);
    expect(out).toMatch(/^smtp_commands_total +verb=ehlo +1\n +verb=mail +1\n/m);
    expect(out).toMatch(/^smtp_commit_duration_us +1 {2}40 ms$/m);
    expect(out).toMatch(/^smtp_message_bytes +1 {2}20 B$/m);
    expect(out).not.toMatch(/filter_info|filter_memory|verb=helo/);
  });

  test("as Prometheus reads it, with the latencies of the capture", async () => {
    const metrics = await metricsOf(write("one.pcap", pcapOf(packetsOf(whole()))));
    expect(metrics.get("smtp_commit_duration_us_sum")).toBe(40_000);
    expect(metrics.get("smtp_command_duration_us_sum verb=connect")).toBe(2000);
    expect(metrics.get("smtp_transactions_total outcome=committed")).toBe(1);
    expect(metrics.get("smtp_transactions_total outcome=rejected")).toBe(0);
  });

  test("as JSON for tools", async () => {
    const file = write("one.pcapng", pcapngOf(packetsOf(session().segments)));
    const { out } = await heirloom("replay", file, "--filter", "smtp", "--format", "json");
    const parsed = JSON.parse(out) as { capture: object; connections: object[]; metrics: { name: string }[] };
    expect(parsed.capture).toMatchObject({
      files: [file],
      start: "2026-01-01T00:00:00.000Z",
      duration_seconds: 0.042,
      packets: 11,
      connections: 1,
      open_at_end: 1,
      gaps: 0,
      warnings: [],
    });
    expect(parsed.connections).toMatchObject([
      { number: 1, client: "192.0.2.1:49152", server: "192.0.2.2:25", bytes_from_client: 104, end: "open" },
    ]);
    const of = (name: string): object[] => parsed.metrics.filter((metric) => metric.name === name);
    expect(of("smtp_sessions_active")).toMatchObject([
      { type: "gauge", value: 1, labels: { stat_prefix: "default" } },
    ]);
    expect(of("smtp_commit_duration_us")).toMatchObject([{ type: "histogram", count: 1, sum: 40_000 }]);
  });

  test("reads several files as one capture, packed or not", async () => {
    const packets = packetsOf(whole());
    const first = write("a.pcap.gz", gzipSync(pcapOf(packets.slice(0, 7))));
    const second = write("b.pcapng", pcapngOf(packets.slice(7)));
    const metrics = await metricsOf(first, second);
    expect(metrics.get("smtp_session_ends_total reason=quit")).toBe(1);
    expect(metrics.get("smtp_opaque_sessions_total cause=desync")).toBe(0);
  });

  test("takes the ports that it is told", async () => {
    const segments = [...whole(), ...whole({ serverPort: 587 }), ...whole({ serverPort: 2526 })];
    const file = write("ports.pcap", pcapOf(packetsOf(segments)));
    expect((await metricsOf(file)).get("smtp_sessions_total")).toBe(3);
    expect((await metricsOf(file, "--port", "587", "--port", "25")).get("smtp_sessions_total")).toBe(2);
  });

  test("takes a configuration, and says the module's own words about a bad one", async () => {
    const file = write("one.pcap", pcapOf(packetsOf(whole())));
    const good = write("good.json", '{"stat_prefix": "edge", "verbosity": "low"}');
    const { out } = await heirloom("replay", file, "--filter", "smtp", "--config", good);
    expect(out).toMatch(/^smtp_sessions_total \(edge\) +1$/m);
    const bad = write("bad.json", '{"verbosity": "loud"}');
    const { code, err } = await heirloom("replay", file, "--filter", "smtp", "--config", bad);
    expect(code).toBe(1);
    expect(err).toContain('heirloom.smtp: configuration: verbosity: expected "low", "standard" or "high"');
  });

  test("takes the filter whose ports most connections go to, and says what it leaves out", async () => {
    const ldap = (clientPort: number): WrittenSegment[] =>
      new TcpTalk({ clientPort, serverPort: 389 })
        .handshake()
        .client(Buffer.from("30050201014200", "hex"))
        .fin("client")
        .fin("server").segments;
    const mail = write("mail.pcap", pcapOf(packetsOf(whole())));
    const both = write("both.pcap", pcapOf(packetsOf([...whole(), ...ldap(50_001), ...ldap(50_002)])));
    const read = async (...words: string[]): Promise<string[]> => {
      const { code, out, err } = await heirloom("replay", ...words, "--list", "0");
      expect(code).toBe(0);
      return [err, ...(/^(?:smtp|pop3|ldap)_(?:sessions|connections)_total +\d+$/gm.exec(out) ?? [])];
    };
    expect(await read(mail)).toEqual(["", expect.stringMatching(/^smtp_sessions_total +1$/)]);
    expect(await read(both)).toEqual([
      "reading ldap; 1 connection of smtp left out: --filter smtp reads them\n",
      expect.stringMatching(/^ldap_connections_total +2$/),
    ]);
    expect(await read(mail, both)).toEqual([
      expect.stringContaining("left out"),
      expect.stringMatching(/^(smtp_sessions|ldap_connections)_total +2$/),
    ]);
    const box = write("box.pcap", pcapOf(packetsOf(whole({ serverPort: 110 }))));
    expect(await read(box)).toEqual(["", expect.stringMatching(/^pop3_sessions_total +1$/)]);
    const other = write("other.pcap", pcapOf(packetsOf(whole({ serverPort: 8080 }))));
    const { code, out, err } = await heirloom("replay", other);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("--filter: nothing goes to a port of smtp or pop3 or ldap: name the filter");
  });

  test("lists as many connections as it is told", async () => {
    const segments = [1, 2, 3].flatMap((i) => whole({ clientPort: 50_000 + i }));
    const file = write("three.pcap", pcapOf(packetsOf(segments)));
    const { out } = await heirloom("replay", file, "--filter", "smtp", "--list", "2");
    expect(out).toMatch(/^2 {2}.*\n1 more: --list 3 shows all$/m);
    expect((await heirloom("replay", file, "--filter", "smtp", "--list", "0")).out).not.toContain(
      "192.0.2.1:",
    );
  });
});

describe("a gap", () => {
  const CHUNK = 6;

  test("makes the session opaque, cause desync, whatever comes behind it", async () => {
    const segments = whole().filter((_, i) => i !== 8);
    const metrics = await metricsOf(write("gap.pcap", pcapOf(packetsOf(segments))));
    expect(metrics.get("smtp_opaque_sessions_total cause=desync")).toBe(1);
    expect(metrics.get("smtp_session_ends_total reason=desync")).toBe(1);
    expect(metrics.get("smtp_anomalies_total kind=desync")).toBe(1);
    expect(metrics.get("smtp_transactions_total outcome=aborted")).toBe(1);
    expect(metrics.get("smtp_transaction_aborts_total cause=opaque")).toBe(1);
    // Nothing was read from the gap on, and nothing is forgotten: 14 bytes of the gap, 9 and 6 behind it.
    expect(metrics.get("smtp_bytes_total from=client")).toBe(110);
    expect(metrics.get("smtp_opaque_bytes_total from=client")).toBe(14 + 9 + 6);
    expect(metrics.get("smtp_opaque_bytes_total from=server")).toBe(12 + 9);
    expect(metrics.get("smtp_commands_total verb=quit")).toBe(0);
    expect(metrics.get("smtp_filter_errors_total kind=host_call") ?? 0).toBe(0);
  });

  test("within a chunk of BDAT loses nothing: its octets are skipped anyway", async () => {
    const talk = new TcpTalk()
      .handshake()
      .server("220 mx.example ESMTP\r\n")
      .client("EHLO client.example\r\n")
      .server("250-mx.example\r\n250 CHUNKING\r\n")
      .client("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nBDAT 3000 LAST\r\n")
      .client("x".repeat(1000))
      .client("x".repeat(1000))
      .client("x".repeat(1000))
      .server("250 ok\r\n250 ok\r\n250 queued\r\n")
      .client("QUIT\r\n")
      .server("221 bye\r\n")
      .fin("server")
      .fin("client");
    const lost = talk.segments.filter((_, i) => i !== CHUNK + 2);
    const metrics = await metricsOf(write("bdat.pcap", pcapOf(packetsOf(lost))));
    expect(metrics.get("smtp_session_ends_total reason=quit")).toBe(1);
    expect(metrics.get("smtp_transactions_total outcome=committed")).toBe(1);
    expect(metrics.get("smtp_message_bytes_sum")).toBe(3000);
    expect(metrics.get("smtp_opaque_sessions_total cause=desync")).toBe(0);
  });

  test("in front of everything, as where the capture begins late, is one too", async () => {
    const metrics = await metricsOf(write("late.pcap", pcapOf(packetsOf(whole().slice(5)))));
    expect(metrics.get("smtp_opaque_sessions_total cause=desync")).toBe(1);
    expect(metrics.get("smtp_greetings_total class=none")).toBe(1);
    expect(metrics.get("smtp_bytes_total from=client")).toBe(110 - 21);
    expect(metrics.get("smtp_opaque_bytes_total from=client")).toBe(110 - 21);
  });

  test("in what is encrypted changes nothing", async () => {
    const talk = new TcpTalk()
      .handshake()
      .client(Buffer.from("160301000200", "hex"))
      .client("abc")
      .server("def");
    const lost = talk.segments.filter((_, i) => i !== 4);
    const metrics = await metricsOf(
      write("tls.pcap", pcapOf(packetsOf([...lost, ...talk.fin("client").segments.slice(-1)]))),
    );
    expect(metrics.get("smtp_opaque_sessions_total cause=tls_first")).toBe(1);
    expect(metrics.get("smtp_opaque_sessions_total cause=desync")).toBe(0);
    expect(metrics.get("smtp_bytes_total from=client")).toBe(9);
  });
});

describe("what goes wrong is said in one line", () => {
  const file = (): string => write("one.pcap", pcapOf(packetsOf(whole())));

  const usage: [why: string, words: string[]][] = [
    ["missing required argument 'file'", []],
    ["no file missing.pcap", ["missing.pcap"]],
    ['--port: expected 1 to 65535, found "70000"', ["FILE", "--port", "70000"]],
    ['--port: expected a whole number from 1, found "smtp"', ["FILE", "--port", "smtp"]],
    ['--list: expected a whole number from 0, found "-1"', ["FILE", "--list=-1"]],
    ['--timeline: expected a whole number from 1, found "0"', ["FILE", "--timeline", "0"]],
    ["--timeline prints text or json, not prometheus", ["FILE", "--timeline", "1", "--format", "prometheus"]],
    ["no file missing.json", ["FILE", "--config", "missing.json"]],
  ];
  test.each(usage)("%s", async (why, words) => {
    const given = words.map((word) => (word === "FILE" ? file() : word));
    const { code, out, err } = await heirloom("replay", ...given, "--filter", "smtp");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(why);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a folder cannot be read", async () => {
    const { code, err } = await heirloom("replay", folder, "--filter", "smtp");
    expect([code, err.split("\n").length]).toEqual([2, 2]);
    expect(err).toBe(`${folder} is a folder\n`);
  });

  test("what is no capture: file, offset, and what was expected", async () => {
    const text = write("mail.txt", "From: a@client.example\n");
    const { code, out, err } = await heirloom("replay", text, "--filter", "smtp");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(`${text}: byte 0: expected a pcap or pcapng header, found 46726f6d\n`);
  });

  test("a capture that ends early: a warning, and what was read counts", async () => {
    const whole = pcapOf(packetsOf(session().segments));
    const cut = write("cut.pcap", whole.subarray(0, whole.length - 3));
    const { code, out, err } = await heirloom("replay", cut, "--filter", "smtp", "--format", "json");
    expect(code).toBe(0);
    expect(err).toMatch(
      /^warning: .*cut\.pcap: byte \d+: the file ends within a record; what comes before counts\n$/,
    );
    expect(JSON.parse(out)).toMatchObject({ capture: { packets: 10, warnings: [err.slice(9, -1)] } });
  });

  test("a connection that is not there", async () => {
    const { code, err } = await heirloom("replay", file(), "--filter", "smtp", "--timeline", "2");
    expect([code, err]).toEqual([1, "no connection 2: the capture has 1\n"]);
  });

  test("a filter that traps", async () => {
    const trapping = write(
      "trapping.wasm",
      watBinary(`(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (unreachable))`),
    );
    const { code, err } = await heirloom("replay", file(), "--filter", `own=${trapping}`);
    expect(code).toBe(1);
    expect(err).toContain("the filter failed: Function: proxy_on_downstream_data failed");
  });

  test("replay has help", async () => {
    const { code, out } = await heirloom("replay", "--help");
    expect(code).toBe(0);
    for (const option of ["--filter", "--config", "--port", "--format", "--timeline", "--list"])
      expect(out).toContain(option);
  });
});

describe("the time of a capture", () => {
  test("may jump by years, and back, without work or harm", async () => {
    const year = 31_536_000_000;
    const talk = session({ time: START })
      .wait(3 * year)
      .client("NOOP\r\n")
      .wait(-2 * year)
      .server("250 ok\r\n");
    const metrics = await metricsOf(write("years.pcap", pcapOf(packetsOf(talk.segments))));
    expect(metrics.get("smtp_replies_total verb=noop class=2xx")).toBe(1);
  });
});

describe("the progress bar", () => {
  function bar(isTTY: boolean): { shown: string[]; bar: ProgressBar } {
    const shown: string[] = [];
    const output = { isTTY, write: (text: string) => shown.push(text) > 0 } as unknown as NodeJS.WriteStream;
    let now = 0;
    return { shown, bar: new ProgressBar(1000, { output, clock: () => (now += 600) }) };
  }

  test("shows on a terminal what takes more than a second, and goes away", () => {
    const { shown, bar: progress } = bar(true);
    progress.update(100);
    expect(shown).toEqual([]);
    progress.update(250);
    expect(shown).toEqual(["\r\x1b[K██████░░░░░░░░░░░░░░░░░░ 25 %, 208 B/s, 4 s left"]);
    progress.end();
    expect(shown.at(-1)).toBe("\r\x1b[K");
  });

  test("shows nothing elsewhere", () => {
    const { shown, bar: progress } = bar(false);
    for (let i = 0; i < 10; i++) progress.update(i * 100);
    progress.end();
    expect(shown).toEqual([]);
  });
});
