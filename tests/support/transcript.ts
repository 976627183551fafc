// Transcripts: Markdown files that show what two peers send and which metrics come of it (tests/transcripts/README.md).

import { readFileSync } from "node:fs";
import { parseSample, type Sample } from "../../host/metrics/parse.ts";
import type { Properties } from "../../host/index.ts";

export type TranscriptPeer = "client" | "server";

export type Step =
  | {
      readonly kind: "send";
      readonly peer: TranscriptPeer;
      readonly bytes: Uint8Array;
      readonly line: number;
    }
  /** The peer's FIN. */
  | { readonly kind: "end"; readonly peer: TranscriptPeer; readonly line: number }
  /** The peer is gone without a FIN. */
  | { readonly kind: "reset"; readonly peer: TranscriptPeer; readonly line: number }
  | { readonly kind: "wait"; readonly milliseconds: number; readonly line: number };

/** Properties by when the proxy knows them; null takes one of the defaults away. */
export interface TimedProperties {
  readonly accept: Readonly<Record<string, Properties[string] | null>>;
  readonly data: Readonly<Record<string, Properties[string] | null>>;
  readonly close: Readonly<Record<string, Properties[string] | null>>;
}

export interface Conversation {
  readonly steps: readonly Step[];
}

export interface Expectation extends Sample {
  readonly line: number;
}

export interface Transcript {
  readonly title: string;
  readonly file: string;
  /** One per protocol block, played one after the other. */
  readonly conversations: readonly Conversation[];
  readonly configuration: string | undefined;
  readonly properties: TimedProperties;
  readonly metrics: readonly Expectation[];
  /** Every metric that is not zero has to be named. */
  readonly exhaustive: boolean;
  /** Parts of lines that the module logs, in this order. */
  readonly log: readonly string[];
  /** Filter state at the end of the last conversation: key and text. */
  readonly filterState: readonly (readonly [key: string, text: string])[];
}

/** Reads a transcript; `protocol` is the word that opens a block of bytes. Throws with file and line. */
export function readTranscript(file: string, protocol: string): Transcript {
  return parseTranscript(readFileSync(file, "utf8"), protocol, file);
}

export function parseTranscript(markdown: string, protocol: string, file = "transcript"): Transcript {
  const draft = new Draft(file);
  for (const fence of fencesOf(markdown, file)) addFence(draft, fence, protocol);
  if (draft.conversations.length === 0) throw new Error(`${file}: no \`\`\`${protocol} block`);
  return { ...draft, title: /^# (.+)$/m.exec(markdown)?.[1] ?? file };
}

class Draft {
  readonly file: string;
  readonly conversations: Conversation[] = [];
  readonly metrics: Expectation[] = [];
  readonly log: string[] = [];
  readonly filterState: [string, string][] = [];
  readonly properties = { accept: {}, data: {}, close: {} };
  configuration: string | undefined;
  exhaustive = false;

  constructor(file: string) {
    this.file = file;
  }
}

interface Fence {
  readonly word: string;
  readonly info: readonly string[];
  readonly lines: readonly { readonly text: string; readonly number: number }[];
  readonly fail: (number: number, problem: string) => never;
}

function fencesOf(markdown: string, file: string): Fence[] {
  const fail = (number: number, problem: string): never => {
    throw new Error(`${file}:${number}: ${problem}`);
  };
  const fences: Fence[] = [];
  let open: { fence: Fence; lines: { text: string; number: number }[] } | undefined;
  markdown.split("\n").forEach((text, index) => {
    const marker = /^```(.*)$/.exec(text);
    if (marker === null) {
      open?.lines.push({ text, number: index + 1 });
    } else if (open !== undefined) {
      open = undefined;
    } else {
      const [word = "", ...info] = (marker[1] ?? "").trim().split(/\s+/);
      const lines: { text: string; number: number }[] = [];
      open = { fence: { word, info, lines, fail }, lines };
      fences.push(open.fence);
    }
  });
  if (open !== undefined) fail(markdown.split("\n").length, "a block is not closed");
  return fences;
}

function addFence(draft: Draft, fence: Fence, protocol: string): void {
  const text = fence.lines.map((line) => line.text).join("\n");
  const used = fence.lines.filter((line) => line.text.trim() !== "" && !line.text.startsWith("#"));
  const first = (fence.lines[0]?.number ?? 1) - 1;
  switch (fence.word) {
    case protocol:
      draft.conversations.push({ steps: stepsOf(fence) });
      break;
    case "config":
      draft.configuration = text;
      break;
    case "properties":
      Object.assign(draft.properties[momentOf(fence, first)], JSON.parse(text));
      break;
    case "metrics":
      draft.exhaustive ||= fence.info.includes("exhaustive");
      draft.metrics.push(
        ...used.map((line) => ({ ...parseSample(line.text.trim(), line.number), line: line.number })),
      );
      break;
    case "log":
      draft.log.push(...used.map((line) => line.text));
      break;
    case "filter-state":
      for (const line of used) {
        const [, key = "", value = ""] = /^(\S+) (.*)$/.exec(line.text) ?? [];
        draft.filterState.push([key, value]);
      }
      break;
    default:
      fence.fail(first, `unknown block \`\`\`${fence.word}`);
  }
}

function momentOf(fence: Fence, line: number): keyof TimedProperties {
  const [moment = "accept"] = fence.info;
  if (moment === "accept" || moment === "data" || moment === "close") return moment;
  return fence.fail(line, `properties are known at accept, data or close, not "${moment}"`);
}

const PEERS: Record<string, TranscriptPeer> = { C: "client", S: "server" };

function stepsOf(fence: Fence): Step[] {
  const steps: Step[] = [];
  // An empty line ends a segment, so that the next line of the same peer begins another.
  let joins = false;
  for (const { text, number } of fence.lines) {
    if (text.startsWith("#")) continue;
    if (text.trim() === "") {
      joins = false;
      continue;
    }
    const step = stepOf(text, number) ?? fence.fail(number, `not a transcript line: ${text}`);
    const last = steps.at(-1);
    if (joins && step.kind === "send" && last?.kind === "send" && last.peer === step.peer) {
      steps[steps.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, step.bytes]) };
    } else {
      steps.push(step);
    }
    joins = true;
  }
  return steps;
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
