// Transcripts: Markdown files that show what two peers send and what a filter makes of it (tests/transcripts/README.md).

import { readFileSync } from "node:fs";
import { parseSample, type Sample } from "../metrics/parse.ts";
import type { HttpOutcome } from "../vm/http.ts";
import type { Properties } from "../vm/properties.ts";
import type { ConnectMode } from "../vm/read-side.ts";
import { conversationOf, type Conversation } from "./conversation.ts";

/** Properties by when the proxy knows them; null takes one of the defaults away. */
export interface TimedProperties {
  readonly accept: Readonly<Record<string, Properties[string] | null>>;
  readonly data: Readonly<Record<string, Properties[string] | null>>;
  readonly close: Readonly<Record<string, Properties[string] | null>>;
}

/** How the proxy around the filter is set up, where that matters. */
export interface ProxySettings {
  /** tcp_proxy's `upstream_connect_mode`; `immediate` by default. */
  readonly connectMode?: ConnectMode;
  /** HTTP servers by the name of their cluster: what they answer, in turn, over and over. */
  readonly http?: Readonly<Record<string, readonly HttpOutcome[]>>;
  /** Whether the plugin is tcp_proxy's access logger besides: told of each connection that is over. */
  readonly accessLog?: boolean;
}

/** A metric and the number it has to have grown by. */
export interface Expectation extends Sample {
  readonly line: number;
}

/** One file, read. */
export interface Transcript {
  readonly title: string;
  readonly file: string;
  /** One per block of bytes, played one after the other. */
  readonly conversations: readonly Conversation[];
  /** The plugin's configuration as it stands there; undefined without one. */
  readonly configuration: string | undefined;
  readonly properties: TimedProperties;
  readonly proxy: ProxySettings;
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

/** As {@link readTranscript}, from the text itself; `file` is what errors name. */
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
  readonly proxy: ProxySettings = {};
  configuration: string | undefined;
  exhaustive = false;

  constructor(file: string) {
    this.file = file;
  }
}

/** A block of code in a Markdown file. */
export interface Fence {
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
      draft.conversations.push(conversationOf(fence));
      break;
    case "config":
      draft.configuration = text;
      break;
    case "properties":
      Object.assign(draft.properties[momentOf(fence, first)], JSON.parse(text));
      break;
    case "proxy":
      Object.assign(draft.proxy, proxyOf(fence, first, text));
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

const PROXY_KEYS = ["connectMode", "http", "accessLog"];

function proxyOf(fence: Fence, line: number, text: string): ProxySettings {
  const settings = JSON.parse(text) as object;
  const strange = Object.keys(settings).find((key) => !PROXY_KEYS.includes(key));
  if (strange !== undefined) fence.fail(line, `a proxy has ${PROXY_KEYS.join(", ")}, not "${strange}"`);
  return settings;
}
