// The bytes of a transcript: what both peers do, line by line, and what comes of it on the other side.

import type { Fence } from "./transcript.ts";

/** Who sends. */
export type TranscriptPeer = "client" | "server";

/** What has to have reached the other peer. */
export interface Passed {
  readonly bytes: Uint8Array;
  /** The end of stream has to have reached it, too. */
  readonly ended: boolean;
}

/** What has to have come of a step, where that is not simply its own bytes unchanged. */
export interface Outcome {
  /** Of the client's, this reached the server; undefined: what the step itself sent, and nothing held before. */
  readonly client?: Passed;
  /** Of the server's, this reached the client. */
  readonly server?: Passed;
  /** The filter closed the connection. */
  readonly closed?: boolean;
  /** Where it is written. */
  readonly line: number;
}

/** What a peer does, or time does. */
export type Step = { readonly line: number; readonly outcome?: Outcome } & (
  | { readonly kind: "send"; readonly peer: TranscriptPeer; readonly bytes: Uint8Array }
  /** The peer's FIN. */
  | { readonly kind: "end"; readonly peer: TranscriptPeer }
  /** The peer is gone without a FIN. */
  | { readonly kind: "reset"; readonly peer: TranscriptPeer }
  | { readonly kind: "wait"; readonly milliseconds: number }
);

/** One connection. */
export interface Conversation {
  /** What comes of the connection alone, before anybody sent a byte. */
  readonly opening?: Outcome;
  readonly steps: readonly Step[];
}

/** Reads the lines of a block. Fails with the line that is none. */
export function conversationOf(fence: Fence): Conversation {
  const steps: Step[] = [];
  let opening: Outcome | undefined;
  // An empty line ends a segment, so that the next line of the same peer begins another.
  let joins = false;
  for (const { text, number } of fence.lines) {
    if (text.startsWith("#")) continue;
    if (text.trim() === "") {
      joins = false;
      continue;
    }
    const last = steps.at(-1);
    const outcome = outcomeOf(text, number, last === undefined ? opening : last.outcome);
    if (outcome !== undefined) {
      if (last === undefined) opening = outcome;
      else steps[steps.length - 1] = { ...last, outcome };
      joins = false;
      continue;
    }
    const step = stepOf(text, number) ?? fence.fail(number, `not a transcript line: ${text}`);
    if (joins && step.kind === "send" && last?.kind === "send" && last.peer === step.peer) {
      steps[steps.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, step.bytes]) };
    } else {
      steps.push(step);
    }
    joins = true;
  }
  return opening === undefined ? { steps } : { opening, steps };
}

const PEERS: Record<string, TranscriptPeer> = { C: "client", S: "server" };

/** A line that says what came of the step before it, added to what other lines said. */
function outcomeOf(text: string, line: number, said: Outcome = { line }): Outcome | undefined {
  if (text.trimEnd() === "--- closed") return { ...said, closed: true };
  const [, side = "", mark = "", rest = ""] = /^([CS])>(?:([!.])|(?= |$))(.*)$/.exec(text) ?? [];
  const peer = PEERS[side];
  if (peer === undefined) return undefined;
  const before = said[peer] ?? { bytes: new Uint8Array(0), ended: false };
  if (mark === ".") return { ...said, [peer]: { ...before, ended: true } };
  const bytes = Buffer.concat([before.bytes, passedBytes(mark, rest)]);
  return { ...said, [peer]: { ...before, bytes } };
}

function passedBytes(mark: string, rest: string): Uint8Array {
  if (mark === "!") return unescapeBytes(rest.replace(/^ /, ""));
  return Buffer.from(rest === "" ? "" : `${rest.slice(1)}\r\n`);
}

function stepOf(text: string, line: number): Step | undefined {
  const wait = /^--- ([0-9.]+)(us|ms|s|m)$/.exec(text.trimEnd());
  if (wait !== null) {
    const milliseconds = Number(wait[1]) * (MILLISECONDS[wait[2] ?? ""] ?? NaN);
    return { kind: "wait", milliseconds, line };
  }
  const [, side = "", mark = "", rest = ""] = /^([CS])([:!.*]| (?=[0-9a-fA-F]{2}))(.*)$/.exec(text) ?? [];
  const peer = PEERS[side];
  if (peer === undefined) return undefined;
  if (mark === ".") return { kind: "end", peer, line };
  if (mark === "*") return { kind: "reset", peer, line };
  if (mark === ":") return { kind: "send", peer, bytes: Buffer.from(`${rest.replace(/^ /, "")}\r\n`), line };
  if (mark === "!") return { kind: "send", peer, bytes: unescapeBytes(rest.replace(/^ /, "")), line };
  return { kind: "send", peer, bytes: hexBytes(rest), line };
}

const MILLISECONDS: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function hexBytes(text: string): Uint8Array {
  const digits = text.replace(/#.*$/, "").replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) throw new Error(`not hexadecimal: ${text}`);
  return Buffer.from(digits, "hex");
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|\{(\d+):((?:[^\\}]|\\.)*)\}|(.))/gs;
const SINGLE: Record<string, string> = { r: "\r", n: "\n", t: "\t", "0": "\0", "\\": "\\", "}": "}" };

/** `\r \n \t \0 \\ \xNN`, and `\{1000:ab}` for a thousand times `ab`. Text in between is UTF-8. */
export function unescapeBytes(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let position = 0;
  for (const match of text.matchAll(ESCAPE)) {
    parts.push(Buffer.from(text.slice(position, match.index)));
    position = match.index + match[0].length;
    const [, hex, times, repeated = "", single = ""] = match;
    if (hex !== undefined) parts.push(Uint8Array.of(parseInt(hex, 16)));
    else if (times !== undefined)
      parts.push(...Array<Uint8Array>(Number(times)).fill(unescapeBytes(repeated)));
    else parts.push(Buffer.from(SINGLE[single] ?? unknownEscape(single)));
  }
  parts.push(Buffer.from(text.slice(position)));
  return Buffer.concat(parts);
}

function unknownEscape(letter: string): never {
  throw new Error(`unknown escape \\${letter}`);
}
