import type { Transcript } from "./transcript.ts";
import type { Cut } from "./stage.ts";

/** Up to this many bytes, a transcript is played once for every position in it; longer ones at chosen positions. */
export const CUT_EVERYWHERE_BYTES = 2048;

/** In longer ones: this near to a line end or a segment's end every position counts… */
const NEAR_BYTES = 4;

/** …but no more than this many near ones, and this many spread evenly. */
const MOST_NEAR = 1024;
const SPREAD = 256;

/** Up to this many bytes a transcript is played byte by byte; in longer ones only what is near a line end is. */
export const SINGLE_BYTES = 16_384;

/** Elsewhere in long ones: a prime, so that the chunks' ends drift against anything regular. */
const LONG_CHUNK_BYTES = 997;

/** A way to cut a transcript and the words for it. */
export interface Variant {
  readonly name: string;
  readonly cut: Cut;
}

/** Every byte in a callback of its own, as far as the length allows. */
export function byteByByte(transcript: Transcript): Variant {
  const long = totalBytes(transcript) > SINGLE_BYTES;
  return { name: "byte by byte", cut: (bytes) => (long ? singlesNearLineEnds(bytes) : singles(bytes)) };
}

/** One variant per position: the segment there comes in two parts. */
export function* cutAtEveryPosition(transcript: Transcript): Generator<Variant> {
  const everywhere = totalBytes(transcript) <= CUT_EVERYWHERE_BYTES;
  const all = segmentsOf(transcript).flatMap(({ bytes, peer, line }, segment) =>
    positionsIn(bytes, everywhere).map((at) => ({ at, segment, peer, line })),
  );
  const chosen = everywhere ? all : thinned(all, MOST_NEAR + SPREAD);
  for (const { at, segment, peer, line } of chosen) {
    yield {
      name: `cut after ${at} bytes of the ${peer}'s segment at line ${line}`,
      cut: (bytes, index) => (index === segment ? [bytes.subarray(0, at), bytes.subarray(at)] : [bytes]),
    };
  }
}

function positionsIn(bytes: Uint8Array, everywhere: boolean): number[] {
  const positions = new Set<number>();
  if (everywhere) for (let at = 1; at < bytes.length; at++) positions.add(at);
  else {
    for (let at = 1; at < bytes.length; at++) if (isNear(bytes, at)) positions.add(at);
    const step = Math.max(1, Math.floor(bytes.length / SPREAD));
    for (let at = step; at < bytes.length; at += step) positions.add(at);
  }
  return [...positions].sort((a, b) => a - b);
}

function isNear(bytes: Uint8Array, at: number): boolean {
  if (at <= NEAR_BYTES || at >= bytes.length - NEAR_BYTES) return true;
  return bytes.subarray(at - NEAR_BYTES, at + NEAR_BYTES).includes(LF);
}

const LF = 10;

function thinned<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return items.filter(
    (_, index) =>
      Math.floor((index * most) / items.length) !== Math.floor(((index - 1) * most) / items.length),
  );
}

function singles(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

function singlesNearLineEnds(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (let at = 1; at <= bytes.length; at++) {
    if (at < bytes.length && !isNear(bytes, at) && at - start < LONG_CHUNK_BYTES) continue;
    chunks.push(bytes.subarray(start, at));
    start = at;
  }
  return chunks;
}

function totalBytes(transcript: Transcript): number {
  return segmentsOf(transcript).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function segmentsOf(transcript: Transcript) {
  return transcript.conversations.flatMap(({ steps }) => steps.filter((step) => step.kind === "send"));
}
