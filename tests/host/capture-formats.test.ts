import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CaptureError, type CapturedPacket } from "../../host/capture/capture.ts";
import { readCapture } from "../../host/capture/read.ts";
import { START, TcpTalk, packetsOf, pcapOf, pcapngOf, type WrittenPacket } from "../support/pcap.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heirloom-capture-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Read {
  readonly packets: CapturedPacket[];
  readonly warnings: string[];
}

async function read(content: Uint8Array): Promise<Read> {
  const file = join(folder, "x.pcap");
  writeFileSync(file, content);
  const result: Read = { packets: [], warnings: [] };
  const short = (line: string): string => line.replace(`${folder}/`, "");
  try {
    await readCapture(file, {
      packet: (packet) => result.packets.push(packet),
      warn: (line) => result.warnings.push(short(line)),
    });
  } catch (error) {
    throw error instanceof CaptureError ? new CaptureError(short(error.message)) : error;
  }
  return result;
}

const talk = new TcpTalk({ time: START + 123_456_789n }).handshake().client("a").wait(1500).server("bc");
const written = packetsOf(talk.segments);

function timesOf({ packets }: Read): bigint[] {
  return packets.map(({ seconds, nanoseconds }) => BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
}

function expectAll(result: Read, resolution: bigint): void {
  expect(result.warnings).toEqual([]);
  expect(result.packets.map(({ bytes }) => bytes.toString("hex"))).toEqual(
    written.map(({ bytes }) => bytes.toString("hex")),
  );
  expect(timesOf(result)).toEqual(written.map(({ time }) => (time / resolution) * resolution));
}

describe("pcap", () => {
  test.each([
    ["us", "little", 1000n],
    ["us", "big", 1000n],
    ["ns", "little", 1n],
    ["ns", "big", 1n],
  ] as const)("of %s, %s-endian", async (unit, order, resolution) => {
    expectAll(await read(pcapOf(written, { unit, order })), resolution);
  });

  test("packed by gzip", async () => {
    expectAll(await read(gzipSync(pcapOf(written))), 1000n);
  });

  test("larger than what is read at once", async () => {
    const many = Array<WrittenPacket[]>(20_000).fill(written).flat();
    const { packets } = await read(pcapOf(many));
    expect(packets).toHaveLength(many.length);
    expect(packets.at(-1)?.bytes.equals(written.at(-1)?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  test("without packets", async () => {
    expect(await read(pcapOf([]))).toEqual({ packets: [], warnings: [] });
  });

  test("a packet that was cut off keeps its length", async () => {
    const [first] = written;
    if (first === undefined) throw new Error("nothing was written");
    const { packets } = await read(
      pcapOf([{ ...first, bytes: first.bytes.subarray(0, 40), wireLength: 54 }]),
    );
    expect(packets.map(({ bytes, wireLength }) => [bytes.length, wireLength])).toEqual([[40, 54]]);
  });
});

describe.each([
  ["pcap", pcapOf],
  ["pcapng", pcapngOf],
] as const)("%s", (_, fileOf) => {
  test("a packet that claims a length which none has was as long as it is", async () => {
    const claiming = written.map((packet) => ({ ...packet, wireLength: 2 ** 32 - 1 }));
    const { packets } = await read(fileOf(claiming));
    expect(packets.map(({ wireLength }) => wireLength)).toEqual(written.map(({ bytes }) => bytes.length));
  });
});

describe("pcapng", () => {
  test.each([
    ["little", undefined, 1000n],
    ["big", undefined, 1000n],
    ["little", 9, 1n],
    ["big", 9, 1n],
    ["little", 3, 1_000_000n],
  ] as const)("%s-endian, if_tsresol %s", async (order, resolution, step) => {
    expectAll(await read(pcapngOf(written, { order, resolution })), step);
  });

  test("with a resolution of a power of two", async () => {
    const result = await read(pcapngOf(written, { resolution: 0x80 | 30 }));
    timesOf(result).forEach((time, i) =>
      expect(Number((written[i]?.time ?? 0n) - time)).toBeLessThanOrEqual(1),
    );
  });

  test("with an offset of its time stamps", async () => {
    expectAll(await read(pcapngOf(written, { offset: 1_000_000_000 })), 1000n);
  });

  test("of obsolete packet blocks", async () => {
    expectAll(await read(pcapngOf(written, { block: "obsolete" })), 1000n);
  });

  test("of simple packets, which have no time", async () => {
    const result = await read(pcapngOf(written, { block: "simple" }));
    expect(result.packets.map(({ bytes }) => bytes.length)).toEqual(written.map(({ bytes }) => bytes.length));
    expect(new Set(timesOf(result))).toEqual(new Set([0n]));
  });

  test("of two sections of different byte order and link type", async () => {
    const raw = packetsOf(talk.segments, { link: 101 });
    const { packets } = await read(
      Buffer.concat([pcapngOf(written, { order: "big" }), pcapngOf(raw, { link: 101 })]),
    );
    expect(packets.map(({ link }) => link)).toEqual([...written.map(() => 1), ...raw.map(() => 101)]);
  });
});

describe("what is no capture says in one line where and why", () => {
  const header = pcapOf([]);
  const long = Buffer.concat([
    header,
    Buffer.alloc(8),
    Buffer.from([0xff, 0xff, 0xff, 0x7f]),
    Buffer.alloc(4),
  ]);
  const brokenBlock = pcapngOf(written);
  brokenBlock.writeUInt32LE(7, 4);
  const wrongEnd = pcapngOf(written);
  wrongEnd.writeUInt32LE(99, 24);
  const cases: [name: string, content: Uint8Array, message: string][] = [
    ["nothing", Buffer.alloc(0), "x.pcap: byte 0: expected a pcap or pcapng header, found an empty file"],
    [
      "too little",
      Buffer.from("ab"),
      "x.pcap: byte 0: expected a pcap or pcapng header, found no more than 2 bytes",
    ],
    ["text", Buffer.from("hello world"), "x.pcap: byte 0: expected a pcap or pcapng header, found 68656c6c"],
    [
      "another packer's",
      Buffer.from("28b52ffd00", "hex"),
      "x.pcap: byte 0: expected a pcap or pcapng header, found a zstd file",
    ],
    [
      "half a header",
      header.subarray(0, 20),
      "x.pcap: byte 0: expected a pcap or pcapng header, found no more than 20 bytes",
    ],
    [
      "802.11",
      pcapOf([], { link: 105 }),
      "x.pcap: byte 20: expected a link type of Ethernet (1), Linux cooked (113, 276), loopback (0, 108) or raw IP (101, 228, 229), found link type 105",
    ],
    ["a giant packet", long, "x.pcap: byte 32: expected a packet of at most 1048576 bytes, found 2147483647"],
    [
      "a block of 7 bytes",
      brokenBlock,
      "x.pcap: byte 4: expected the length of a block, 12 to 16777216 and a multiple of 4, found 7",
    ],
    ["a block with two lengths", wrongEnd, "x.pcap: byte 24: expected the block's length 28 again, found 99"],
  ];
  test.each(cases)("%s", async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(new CaptureError(message));
  });

  test("a packet of an interface that was not described", async () => {
    const packetBlock = pcapngOf(written).subarray(28 + 20 + 24);
    const sectionOnly = Buffer.concat([pcapngOf([]).subarray(0, 28), packetBlock]);
    await expect(read(sectionOnly)).rejects.toThrow(
      "x.pcap: byte 28: expected a packet of an interface described before, found interface 0",
    );
  });

  test("gzip that is damaged", async () => {
    const packed = gzipSync(pcapOf(Array<WrittenPacket[]>(100).fill(written).flat()));
    packed.fill(0xff, 40, 60);
    await expect(read(packed)).rejects.toThrow("of the unpacked file: expected gzip data, found a damage");
  });
});

describe("a file that ends early counts as far as it goes", () => {
  test("pcap, within a packet", async () => {
    const whole = pcapOf(written);
    const { packets, warnings } = await read(whole.subarray(0, whole.length - 1));
    expect(packets).toHaveLength(written.length - 1);
    const at = whole.length - 16 - (written.at(-1)?.bytes.length ?? 0);
    expect(warnings).toEqual([`x.pcap: byte ${at}: the file ends within a record; what comes before counts`]);
  });

  test("pcapng, within a block", async () => {
    const whole = pcapngOf(written);
    const { packets, warnings } = await read(whole.subarray(0, whole.length - 5));
    expect(packets).toHaveLength(written.length - 1);
    expect(warnings[0]).toMatch(
      /^x\.pcap: byte \d+: the file ends within a block; what comes before counts$/,
    );
  });

  test("gzip", async () => {
    const packed = gzipSync(pcapOf(Array<WrittenPacket[]>(2000).fill(written).flat()), { level: 0 });
    const { packets, warnings } = await read(packed.subarray(0, packed.length - 70_000));
    expect(packets.length).toBeGreaterThan(1000);
    expect(warnings[0]).toMatch(/of the unpacked file: the gzip file ends early; what comes before counts$/);
  });
});
