import { integer, shuffled } from "../../material.ts";

const NAMES = ["office", "sales", "support", "billing", "printing", "archive"];

/** So many recipients that the server accepts, all different. */
export function recipients(count: number): string[] {
  return shuffled(NAMES)
    .slice(0, count)
    .map((name) => `${name}@demo.test`);
}

const LINE = "The quick brown fox jumps over the lazy dog, and every mail server counts it.\r\n";
/** Begins with a dot, so it takes another one on its way (RFC 5321 §4.5.2). */
const DOTTED = "..hidden\r\n";

/** A message of about so many bytes as it goes over the wire, the final dot included. */
export function bodyOf(bytes: number): string {
  const head = `Subject: demo ${integer(1, 9999)}\r\n\r\n${DOTTED}`;
  return `${head}${LINE.repeat(Math.ceil(Math.max(0, bytes - head.length) / LINE.length))}.\r\n`;
}
