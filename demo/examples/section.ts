import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../../host/envoy/project.ts";

/** One connection that somebody types: a `console` block that begins with `$ nc 127.0.0.1 PORT`. */
export interface Session {
  /** The port as the documentation has it. */
  readonly port: number;
  /** The client's own address (`nc -s ADDRESS`); the usual one when there is none. */
  readonly from?: string;
  readonly steps: readonly SessionStep[];
  /** Whether a prompt comes back by itself: the proxy ends the connection. */
  readonly isClosed: boolean;
}

/** A line that is typed (written `> line`), or one that comes back. */
export interface SessionStep {
  readonly kind: "typed" | "shown";
  readonly line: string;
}

/** Another command (a `console` block that begins with `$ npm`), and what it shows. */
export interface ShownCommand {
  readonly command: string;
  readonly shown: readonly string[];
}

/** What docs/examples.md says about an example. */
export interface Section {
  /** The text under the heading. */
  readonly idea: string;
  /** In this order. */
  readonly sessions: readonly Session[];
  /** The blocks of these connections, as they stand there. */
  readonly consoles: readonly string[];
  readonly commands: readonly ShownCommand[];
  /** What the filter and the access log write (`log` blocks). */
  readonly log: readonly string[];
  /** Numbers that are there in the end (`metrics` blocks). */
  readonly metrics: readonly string[];
}

/** Reads the section of an example. Throws in one line when there is none. */
export function readSection(name: string): Section {
  return parseSection(readFileSync(join(PROJECT, "docs", "examples.md"), "utf8"), name);
}

/** As {@link readSection}, of any text. */
export function parseSection(markdown: string, name: string): Section {
  const text = new RegExp(`^## ${name}\\n([^]*?)(?=^## |(?![^]))`, "m").exec(markdown)?.[1];
  if (text === undefined) throw new Error(`docs/examples.md: no section "${name}"`);
  const blocks = [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
  const of = (word: string): string[] =>
    blocks.filter((block) => block[1] === word).map(([, , body = ""]) => body);
  const consoles = of("console").filter((body) => body.startsWith("$ nc "));
  return {
    idea: text.split("\n```")[0]?.trim() ?? "",
    sessions: consoles.map(sessionOf),
    consoles,
    commands: of("console")
      .filter((body) => body.startsWith("$ npm "))
      .map(commandOf),
    log: of("log").flatMap(linesOf),
    metrics: of("metrics").flatMap(linesOf),
  };
}

function sessionOf(body: string): Session {
  const [command = "", ...rest] = linesOf(body);
  const match = /^\$ nc (?:-s (\S+) )?127\.0\.0\.1 (\d+)$/.exec(command);
  if (match === null) throw new Error(`docs/examples.md: expected "$ nc 127.0.0.1 PORT", found "${command}"`);
  const isClosed = rest.at(-1) === "$";
  return {
    port: Number(match[2]),
    from: match[1],
    steps: rest.filter((line) => line !== "$" && line !== "^C").map(stepOf),
    isClosed,
  };
}

function commandOf(body: string): ShownCommand {
  const [command = "", ...shown] = linesOf(body);
  return { command: command.slice(2), shown };
}

function stepOf(line: string): SessionStep {
  return line.startsWith("> ") ? { kind: "typed", line: line.slice(2) } : { kind: "shown", line };
}

function linesOf(body: string): string[] {
  return body.split("\n").filter((line) => line !== "");
}
