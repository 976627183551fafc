import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "../../host/testing/conversation.ts";
import { readTranscript } from "../../host/testing/transcript.ts";

/** One conversation of a transcript, its bytes as they stand there. */
export interface Seed {
  readonly file: string;
  readonly steps: readonly Step[];
}

/** Transcripts with more bytes than this have their length as their subject, and cost more than they show. */
const MAX_SEED_BYTES = 20_000;

/** Every conversation of a protocol's transcripts. */
export function readCorpus(folder: string, protocol: string): Seed[] {
  const seeds: Seed[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith(".md") || name === "README.md") continue;
    for (const { steps } of readTranscript(join(folder, name), protocol).conversations) {
      const bytes = steps.reduce((sum, step) => sum + (step.kind === "send" ? step.bytes.length : 0), 0);
      if (bytes <= MAX_SEED_BYTES) seeds.push({ file: name, steps });
    }
  }
  if (seeds.length === 0) throw new Error(`no transcripts in ${folder}`);
  return seeds;
}
