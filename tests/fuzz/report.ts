import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isClients, StepKind, type LooseCase, type LooseStep } from "./case.ts";
import type { Finding } from "./examine.ts";
import type { Setup } from "./setup.ts";

/** What a reproduction says. */
export interface Reproduction extends Finding {
  readonly setup: Setup;
  readonly seed: number;
  readonly index: number;
  readonly loose: LooseCase;
  readonly isAlone: boolean;
}

/** The command that plays a case again. */
export function commandOf(filter: string, seed: number, index: number): string {
  return `npm run fuzz -- --filter ${filter} --seed ${seed} --case ${index}`;
}

/** Writes a reproduction into a folder and returns its path. */
export function writeReproduction(folder: string, filter: string, found: Reproduction): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${filter}-${found.kind}-${found.seed}-${found.index}.md`);
  writeFileSync(path, reproduction(filter, found));
  return path;
}

/** In the form of a transcript; connections that were open at the same time stand one after the other. */
export function reproduction(filter: string, found: Reproduction): string {
  const { loose, setup } = found;
  const lines = [
    `# Fuzzing ${filter}: ${found.kind}`,
    "",
    found.text,
    "",
    `Configuration "${setup.name}". ${found.isAlone ? "" : "Only seen behind the cases before it. "}Again: \`${commandOf(filter, found.seed, found.index)}\``,
    "",
    "```config",
    setup.configuration,
    "```",
  ];
  loose.profiles.forEach((profile, connection) => {
    const steps = loose.steps.filter((step) => step.connection === connection);
    if (steps.length === 0) return;
    const note = profile === 0 ? "" : ` (properties: profile ${profile})`;
    lines.push(
      "",
      `Connection ${connection}${note}:`,
      "",
      `\`\`\`${filter}`,
      ...steps.flatMap(linesOf),
      "```",
    );
  });
  if (loose.profiles.length > 1) {
    const order = loose.steps.map(({ connection }) => connection).join(" ");
    lines.push("", `Whose step comes when: ${order}`);
  }
  return `${lines.join("\n")}\n`;
}

function linesOf({ kind, bytes, milliseconds }: LooseStep): string[] {
  const peer = isClients(kind) ? "C" : "S";
  switch (kind) {
    case StepKind.clientData:
    case StepKind.serverData:
      return [...written(peer, bytes), ""];
    case StepKind.clientDataEnd:
    case StepKind.serverDataEnd:
      return [...written(peer, bytes), "# in the same callback:", `${peer}.`, ""];
    case StepKind.clientEnd:
    case StepKind.serverEnd:
      return [`${peer}.`, ""];
    case StepKind.closeRemote:
      return ["C*", ""];
    case StepKind.closeLocal:
      return ["S*", ""];
    case StepKind.wait:
      return [`--- ${milliseconds}ms`];
    case StepKind.tick:
      return ["# a tick"];
    default:
      return [];
  }
}

/** Octets of a line in hexadecimal. */
const LINE_BYTES = 32;

/** As text where most of it is. */
function written(peer: string, bytes: Uint8Array): string[] {
  const strange = bytes.filter((byte) => !isText(byte) && NAMED[byte] === undefined).length;
  if (bytes.length === 0 || strange * MOST_STRANGE <= bytes.length) return [`${peer}! ${escaped(bytes)}`];
  const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += LINE_BYTES)
    lines.push(`${peer} ${pairs.slice(at, at + LINE_BYTES).join(" ")}`);
  return lines;
}

/** Text has fewer than one strange byte in so many. */
const MOST_STRANGE = 8;

function isText(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 92;
}

const NAMED: Readonly<Record<number, string>> = { 13: "\\r", 10: "\\n", 9: "\\t", 0: "\\0", 92: "\\\\" };

function escaped(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += isText(byte)
      ? String.fromCharCode(byte)
      : (NAMED[byte] ?? `\\x${byte.toString(16).padStart(2, "0")}`);
  }
  return text;
}
