import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { heirloom } from "./heirloom.ts";
import { packetsOf, pcapOf, type WrittenSegment } from "./pcap.ts";

/** The time line of the first connection of a capture made of these segments, its head included. */
export async function timelineOf(
  segments: readonly WrittenSegment[],
  ...words: readonly string[]
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-timeline-"));
  try {
    const file = join(folder, "x.pcap");
    writeFileSync(file, pcapOf(packetsOf([...segments])));
    const { code, out, err } = await heirloom("replay", file, "--timeline", "1", ...words);
    expect([code, err]).toEqual([0, ""]);
    return out.trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
