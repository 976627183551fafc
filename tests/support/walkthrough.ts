// A page of the documentation, followed as its reader would: the blocks that are marked for it, in order, in a fresh folder.
//
// Marks, in a comment directly above a block (docs-check: …):
//   run                 commands that succeed (sh), or show what stands below each of them (console)
//   run until           the same, again and again until they show it: what they ask for comes by itself
//   run beside          one command that goes on until the page is done
//   run … any-numbers   numbers are those of the moment
//   write FILE          a file
// "…" in what is shown stands for anything in its line, and as a line for any lines. Ports of this machine are replaced by free ones.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { vi } from "vitest";
import { anyPort } from "../../host/envoy/ports.ts";
import type { MarkdownBlock, MarkdownPage } from "../../tools/docs/markdown.mjs";
import { ROOT } from "./modules.ts";

/** What of the project a reader's folder has. */
const FOLDERS = ["build", "deploy", "dist", "node_modules", "tools"];

const ADDRESS = /\b(127\.0\.0\.1|0\.0\.0\.0|localhost):(\d{2,5})\b/g;
/** Numbers as a page writes them, thousands and units apart. */
const NUMBERS = /\d[\d,.]*/g;
/** Until something shows, on a slow machine beside others. */
const PATIENCE = { timeout: 30_000, interval: 250 };

/** A command that takes longer is none for a page. */
const COMMAND_MS = 60_000;
/** The demo compares books before it ends. */
const GRACE_MS = 30_000;

/** One marked block. */
export interface Step {
  readonly title: string;
  readonly block: MarkdownBlock;
}

/** The marked blocks of a page. */
export function stepsOf({ blocks }: MarkdownPage): Step[] {
  return blocks
    .filter(({ mark }) => /^(run|write)\b/.test(mark))
    .map((block) => ({ title: block.mark.startsWith("write") ? block.mark : (block.lines[0] ?? ""), block }));
}

/** Follows a page. */
export class Walkthrough {
  readonly folder = mkdtempSync(join(tmpdir(), "heirloom-reader-"));
  private readonly ports = new Map<string, number>();
  private readonly started: ChildProcess[] = [];
  private readonly environment: NodeJS.ProcessEnv;
  private failed = false;

  /** `envoy`: the program that the page's `envoy` is. */
  constructor(envoy: string | undefined) {
    for (const name of FOLDERS) symlinkSync(join(ROOT, name), join(this.folder, name));
    copyFileSync(join(ROOT, "package.json"), join(this.folder, "package.json"));
    // What pages call the reader's own.
    writeFileSync(join(this.folder, "config.json"), '{ "stat_prefix": "edge" }');
    const bin = join(this.folder, ".bin");
    mkdirSync(bin);
    // Where other Envoys of the same user run, it has to be told to let them be; a reader has one.
    if (envoy !== undefined) {
      script(
        bin,
        "envoy",
        `case "$*" in *base-id*) ;; *) set -- --use-dynamic-base-id "$@" ;; esac`,
        `exec '${envoy}' "$@"`,
      );
    }
    // npx itself would look for a newer one on the network.
    script(
      bin,
      "npx",
      `[ "$1" = heirloom ] && shift && exec node '${join(ROOT, "dist/host/cli/heirloom.js")}' "$@"`,
    );
    const inherited = Object.entries(process.env).filter(([name]) => !/^(?:npm_|vitest|node_)/i.test(name));
    const path = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
    this.environment = { ...Object.fromEntries(inherited), PATH: path, NO_COLOR: "1", no_proxy: "*" };
  }

  /** The port of this machine that stands for `port` of the page. */
  async port(port: number): Promise<number> {
    const known = this.ports.get(String(port));
    if (known !== undefined) return known;
    const free = await anyPort();
    this.ports.set(String(port), free);
    return free;
  }

  /** Carries out a step; rejects, with what was shown, where that is not what the page says, and after a step that failed. */
  async follow(block: MarkdownBlock): Promise<void> {
    if (this.failed) throw new Error("an earlier step failed");
    this.failed = true;
    await this.carryOut(block);
    this.failed = false;
  }

  private async carryOut({ mark, language, text }: MarkdownBlock): Promise<void> {
    const here = await this.local(text);
    const [kind, word] = mark.split(" ");
    if (kind === "write") return writeFileSync(join(this.folder, word ?? ""), here);
    if (word === "beside") return this.beside(here.trim());
    const anyNumbers = mark.endsWith("any-numbers");
    const all = language === "console" ? prompts(text) : [{ command: text, shown: undefined }];
    for (const { command, shown } of all) {
      const attempt = async (): Promise<void> => this.expect(await this.local(command), shown, anyNumbers);
      await (word === "until" ? vi.waitFor(attempt, PATIENCE) : attempt());
    }
  }

  async end(): Promise<void> {
    for (const child of this.started) await stopped(child);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts a command that goes on until {@link end}. */
  beside(command: string, environment: NodeJS.ProcessEnv = {}): void {
    const env = { ...this.environment, ...environment };
    const options = { cwd: this.folder, env, detached: true, stdio: "ignore" } as const;
    this.started.push(spawn("bash", ["-c", `exec ${command}`], options));
  }

  private async expect(command: string, shown: string | undefined, anyNumbers: boolean): Promise<void> {
    const { code, output } = await this.run(command);
    if (shown === undefined) {
      if (code !== 0) throw new Error(`${command}: exit code ${String(code)}\n${output}`);
    } else if (!patternOf(shown, anyNumbers).test(this.asWritten(output))) {
      throw new Error(`${command}\nexpected:\n${shown}\nshown:\n${this.asWritten(output)}`);
    }
  }

  private async run(command: string): Promise<{ code: number | null; output: string }> {
    const options = { cwd: this.folder, env: this.environment, timeout: COMMAND_MS } as const;
    const child = spawn("bash", ["-e", "-o", "pipefail", "-c", command], options);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output };
  }

  private async local(text: string): Promise<string> {
    for (const [, , port = ""] of text.matchAll(ADDRESS)) await this.port(Number(port));
    return text.replace(ADDRESS, (_, host: string, port: string) => {
      const loopback = host === "0.0.0.0" ? "127.0.0.1" : host;
      return `${loopback}:${this.ports.get(port) ?? port}`;
    });
  }

  private asWritten(output: string): string {
    const written = new Map([...this.ports].map(([page, own]) => [String(own), page]));
    return output.replace(ADDRESS, (_, host: string, port: string) => `${host}:${written.get(port) ?? port}`);
  }
}

/** The commands of a console block, each with what stands below it. */
export function prompts(text: string): { command: string; shown: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = /(?<!\\)\n/.exec(part)?.index ?? part.length;
      return { command: part.slice(0, end), shown: part.slice(end + 1).trim() };
    });
}

/** What output has to look like. */
export function patternOf(shown: string, anyNumbers: boolean): RegExp {
  if (shown === "") return /^$/;
  const plain = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const numbers = (text: string): string =>
    anyNumbers ? text.split(NUMBERS).map(plain).join("\\d[\\d,.]*") : plain(text);
  const lines = shown.split("\n").map((line) => {
    if (line.trim() === "…") return "(?:.*\\n)*?";
    return `${line.trimEnd().split("…").map(numbers).join(".*")} *\\n`;
  });
  return new RegExp(`^${lines.join("")}$`);
}

function script(folder: string, name: string, ...lines: readonly string[]): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`);
  chmodSync(path, 0o755);
}

/** Ends a process and what it has started. */
async function stopped(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  process.kill(-child.pid, "SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exit;
  clearTimeout(late);
}
