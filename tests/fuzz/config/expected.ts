/** What the reader has to say of a document, where JSON and the schema say it. */

import type { ValidateFunction } from "ajv/dist/2020.js";
import type { ConfigDocument } from "./documents.ts";

/** docs/smtp.md: what a configuration may be nested and may have of values. */
const MOST_DEPTH = 32;
const MOST_VALUES = 4_096;
/** A text of so few characters has no more bytes than `hash_key` may have, which a schema cannot count. */
const KEY_BYTES = 256;

/** Numbers with more digits than a double has, or beyond its range, are others for a reader of decimals than for JSON.parse. */
const INEXACT = /\d{16}|e[+-]?\d{3}/i;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `accepts` or `rejects` where that is certain, with why; undefined where only a trap would be wrong. */
export function expectedOf(
  { bytes, structOf }: ConfigDocument,
  isValid: ValidateFunction,
): "accepts" | "rejects" | undefined {
  const text = structOf ?? textOf(bytes);
  if (text === undefined) return undefined;
  // Nothing, and blanks, are an absent configuration; what may be a Struct is read as one.
  if (/^[ \t\r\n]*$/.test(text) || (structOf === undefined && bytes[0] === 0x0a && bytes.includes(0x12)))
    return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "rejects";
  }
  const marks = text.replace(/"(?:[^"\\]|\\.)*"/gs, '""');
  const size = measure(value);
  if (size.depth > MOST_DEPTH || size.values > MOST_VALUES) return "rejects";
  // JSON.parse keeps the last of members with one key; a Struct has each once.
  if (structOf === undefined && (marks.match(/:/g) ?? []).length > size.members) return "rejects";
  if (INEXACT.test(marks.replaceAll(".", "")) || hasLongKey(value)) return undefined;
  return isValid(value) ? "accepts" : "rejects";
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

interface Size {
  readonly depth: number;
  readonly values: number;
  readonly members: number;
}

function measure(value: unknown): Size {
  if (typeof value !== "object" || value === null) return { depth: 0, values: 1, members: 0 };
  const inner = Object.values(value as Record<string, unknown>).map(measure);
  const sum = (of: (one: Size) => number): number => inner.reduce((total, one) => total + of(one), 0);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    values: 1 + sum(({ values }) => values),
    members: sum(({ members }) => members) + (Array.isArray(value) ? 0 : inner.length),
  };
}

function hasLongKey(value: unknown): boolean {
  const key = (value as { access_log?: { hash_key?: unknown } } | null)?.access_log?.hash_key;
  return typeof key === "string" && Buffer.byteLength(key) > KEY_BYTES;
}
