// tshark, Wireshark's dissectors on the command line: an independent reader of captures.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeNeeding } from "../support/needed.ts";
import { pcapOf, type WrittenPacket } from "../support/pcap.ts";

/** Whose weaknesses are written down here: another release has others. */
const RELEASE = "4.0";

const MISSING = missing();

function missing(): string | undefined {
  const { error, stdout } = spawnSync("tshark", ["--version"], { encoding: "utf8" });
  if (error !== undefined) return "tshark is needed: Debian's package tshark";
  const release = /\b(\d+\.\d+)\.\d+/.exec(stdout)?.[1] ?? "an unknown one";
  return release === RELEASE ? undefined : `tshark ${RELEASE} is needed, this is ${release}`;
}

/** `describe` for tests that need tshark: skipped by name without it, and failed in CI. */
export function describeWithTshark(title: string, tests: () => void): void {
  describeNeeding(MISSING, title, tests);
}

/** What tshark says of one packet: values by field, in the order of the packet. */
export type PacketFields = ReadonlyMap<string, readonly string[]>;

/** Writes a capture and hands its path over; the file is gone afterwards. */
export async function withCapture<T>(
  packets: readonly WrittenPacket[],
  use: (file: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-diff-"));
  try {
    const file = join(folder, "transcripts.pcap");
    writeFileSync(file, pcapOf(packets));
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All of tshark's output fits: it is smaller than the captures. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Between fields, and between values of one: no peer's text has them, since tshark escapes control characters. */
const CELL = "\x02";
const VALUE = "\x01";
const SEPARATORS = ["-E", `separator=${CELL}`, "-E", `aggregator=${VALUE}`];

/** What tshark reads in the streams of a capture, by number of the stream: the packets that have any of the fields. */
export function readByTshark(file: string, fields: readonly string[]): PacketFields[][] {
  const asked = ["tcp.stream", ...fields];
  const output = execFileSync(
    "tshark",
    // No names are looked up, nothing is read but the file.
    ["-n", "-r", file, "-T", "fields", ...SEPARATORS, ...asked.flatMap((field) => ["-e", field])],
    { encoding: "latin1", maxBuffer: MAX_OUTPUT_BYTES, stdio: ["ignore", "pipe", "ignore"] },
  );
  const streams: PacketFields[][] = [];
  for (const line of output.trimEnd().split("\n")) {
    const cells = line.split(CELL);
    const stream = (streams[Number(cells[0])] ??= []);
    const values = fields.map(
      (field, i) => [field, (cells[i + 1] ?? "").split(VALUE).filter(Boolean)] as const,
    );
    stream.push(new Map(values));
  }
  return streams;
}
