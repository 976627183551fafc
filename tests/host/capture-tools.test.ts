// Captures as Wireshark's tools write them count as what they were made from.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parsePrometheus, type HostModule } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";
import { TcpTalk, packetsOf, pcapOf, type WrittenPacket } from "../support/pcap.ts";
import { heirloom } from "../support/heirloom.ts";
import { describeNeeding } from "../support/needed.ts";
import { replayFile, type Replayed } from "../support/replayed.ts";

const TOOLS = ["editcap", "mergecap", "reordercap", "text2pcap"] as const;
const absent = TOOLS.filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
/** CI has them with tshark. */
const MISSING = absent.length === 0 ? undefined : `${absent.join(", ")} of Debian's package wireshark-common`;

/** No two packets have one time: they can be put in order by it. */
const MICROSECOND = 1000n;

/** A mail, and another at the same time over IPv6. */
function packets(): WrittenPacket[] {
  const mail = (clientPort: number, name: string): TcpTalk =>
    new TcpTalk({ clientPort })
      .handshake()
      .server("220 mx.example ESMTP\r\n")
      .wait(3)
      .client(`EHLO ${name}\r\n`)
      .server("250 mx.example\r\n")
      .client("MAIL FROM:<a@client.example>\r\n")
      .wait(1)
      .server("250 ok\r\n")
      .client("RCPT TO:<b@mx.example>\r\n")
      .server("550 5.1.1 no\r\n")
      .client("RCPT TO:<c@mx.example>\r\n")
      .server("250 ok\r\n")
      .client("DATA\r\n")
      .server("354 go\r\n")
      .client(`Subject: x\r\n\r\n${"A line of the message.\r\n".repeat(40)}`)
      .client(".\r\n")
      .wait(12)
      .server("250 queued\r\n")
      .client("QUIT\r\n")
      .server("221 bye\r\n")
      .fin("server")
      .fin("client");
  return [
    ...packetsOf(mail(40_001, "four").segments),
    ...packetsOf(mail(40_002, "six").segments, { version: 6 }),
  ]
    .sort((a, b) => Number(a.time - b.time))
    .map((packet, i) => ({ ...packet, time: packet.time + BigInt(i) * MICROSECOND }));
}

describeNeeding(MISSING, `captures of ${TOOLS.join(", ")}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-tools-"));
  const place = (name: string): string => join(folder, name);
  let module: HostModule;
  let original: Replayed;

  const run = (tool: (typeof TOOLS)[number], ...words: string[]): void => {
    execFileSync(tool, words, { cwd: folder, stdio: "pipe" });
  };
  const replayed = (name: string): Promise<Replayed> =>
    replayFile(module, place(name), { rootId: "heirloom.smtp", ports: [25] });

  beforeAll(async () => {
    module = await builtModule("smtp");
    writeFileSync(place("original.pcap"), pcapOf(packets(), { unit: "ns" }));
    original = await replayed("original.pcap");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("the original has two mails", () => {
    expect(original.metrics.get('transactions_total{outcome="committed"}')).toBe(2);
    expect(original.counts).toMatchObject({ connections: 2, gaps: 0 });
  });

  const made: readonly [string, () => void][] = [
    ["pcapng", () => run("editcap", "original.pcap", "made")],
    ["pcap of nanoseconds", () => run("editcap", "-F", "nsecpcap", "original.pcap", "made")],
    ["pcap of microseconds", () => run("editcap", "-F", "pcap", "original.pcap", "made")],
    [
      "pcapng, packed",
      () => {
        run("editcap", "original.pcap", "made.ng");
        writeFileSync(place("made"), gzipSync(readFileSync(place("made.ng"))));
      },
    ],
    [
      "raw IP, the Ethernet headers chopped off",
      () => run("editcap", "-F", "pcap", "-C", "14", "-L", "-T", "rawip", "original.pcap", "made"),
    ],
    [
      "two merged, of an interface each",
      () => {
        run("editcap", "-r", "original.pcap", "first.pcapng", "1-20");
        run("editcap", "-F", "nsecpcap", "original.pcap", "rest.pcap", "1-20");
        run("mergecap", "-w", "made", "rest.pcap", "first.pcapng");
      },
    ],
    [
      "in order again after a shuffle",
      () => {
        const shuffled = packets().map((packet, i) => ({ packet, key: (i * 7) % 11 }));
        shuffled.sort((a, b) => a.key - b.key);
        writeFileSync(
          place("shuffled.pcap"),
          pcapOf(
            shuffled.map(({ packet }) => packet),
            { unit: "ns" },
          ),
        );
        run("reordercap", "shuffled.pcap", "made");
      },
    ],
  ];
  test.each(made)("%s", async (_, make) => {
    make();
    const { metrics, counts } = await replayed("made");
    expect(Object.fromEntries(metrics)).toEqual(Object.fromEntries(original.metrics));
    expect(counts).toMatchObject({ connections: 2, gaps: 0, tcpPackets: original.counts.tcpPackets });
  });

  test("of a hex dump count the same, but for the times that it does not have", async () => {
    const dump = packets().map(({ bytes }) => {
      const octets = [...bytes.subarray(14)].map((octet) => octet.toString(16).padStart(2, "0"));
      return `0000 ${octets.join(" ")}\n`;
    });
    writeFileSync(place("dump.txt"), dump.join(""));
    run("text2pcap", "-q", "-l", "101", "dump.txt", "made");
    const timeless = ({ metrics }: Replayed): object =>
      Object.fromEntries([...metrics].filter(([key]) => !key.includes("_us")));
    expect(timeless(await replayed("made"))).toEqual(timeless(original));
  });

  test("of a short snap length: sessions are opaque from the first cut on, their bytes count", async () => {
    run("editcap", "-s", "100", "original.pcap", "made");
    const { metrics, counts } = await replayed("made");
    expect(counts.gaps).toBeGreaterThan(0);
    expect(metrics.get('opaque_sessions_total{cause="desync"}')).toBe(2);
    for (const from of ["client", "server"]) {
      const key = `bytes_total{from="${from}"}`;
      expect(metrics.get(key)).toBe(original.metrics.get(key));
    }
  });

  test("and the command line reads them, too", async () => {
    run("editcap", "original.pcap", "made");
    const { code, out } = await heirloom(
      "replay",
      place("made"),
      "--filter",
      "smtp",
      "--format",
      "prometheus",
    );
    expect(code).toBe(0);
    const committed = parsePrometheus(out).find(
      ({ name, labels }) => name === "smtp_transactions_total" && labels["outcome"] === "committed",
    );
    expect(committed?.value).toBe(2);
  });
});
