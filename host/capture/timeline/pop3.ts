import type { CapturePeer } from "../connection.ts";
import { plural } from "../words.ts";
import type { Change } from "./changes.ts";
import { grown, sampleOf, sized } from "./phrases.ts";
import { PartialLine, type TakenLine } from "./partial.ts";
import { verbWords } from "./line-words.ts";
import { outcomesOf } from "./pop3-words.ts";
import type { Reading, Remark } from "./reading.ts";
import { UnreadBytes } from "./unread.ts";

const LF = 10;
const DOT = 46;

/** Verbs whose arguments are numbers: the only arguments that are shown. */
const NUMBERED = new Set(["list", "uidl", "retr", "top", "dele"]);

/**
 * POP3 for display. Of a client's line only the verb that the filter counted is shown, and numbers; of a reply its status
 * and response code; of the lines behind it their size. So nothing that is secret can be shown, whoever sends it.
 */
export class Pop3Reading implements Reading {
  private isOpaque = false;
  /** Lines of a multi-line answer are on their way: octets so far, -1 when there are none. */
  private lines = -1;
  private sentAhead = 0;
  private readonly partial = { client: new PartialLine(), server: new PartialLine() };
  private readonly unread = new UnreadBytes();

  next(from: CapturePeer, bytes: Uint8Array): number {
    if (this.isOpaque) return bytes.length;
    return from === "server" && this.lines >= 0 ? untilDotLine(bytes) : lineEnd(bytes);
  }

  took(from: CapturePeer, bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    const wasOpaque = this.isOpaque;
    if (grown(changes, "opaque_sessions_total") > 0) this.isOpaque = true;
    if (wasOpaque) return this.ignored(from, bytes.length, changes);
    return from === "client" ? this.client(bytes, changes) : this.server(bytes, changes);
  }

  lost(from: CapturePeer, count: number, changes: readonly Change[]): Remark[] {
    return this.happened(from, `${plural(count, "byte")} not captured`, changes);
  }

  happened(from: CapturePeer | undefined, what: string, changes: readonly Change[]): Remark[] {
    if (grown(changes, "opaque_sessions_total") > 0) this.isOpaque = true;
    return [...this.finish(), { from, text: `(${what})`, outcome: outcomesOf(changes) }];
  }

  finish(): Remark[] {
    const [client, server] = [this.partial.client.take().size, this.partial.server.take().size];
    const rest: Remark[] = [...this.unread.settle(), ...this.settle()];
    if (client + server > 0) {
      const from = client > 0 ? "client" : "server";
      rest.push({ from, text: sized("unfinished line, ", client + server), outcome: [], isEarlier: true });
    }
    if (this.lines > 0)
      rest.push({ from: "server", text: sized("lines, ", this.lines), outcome: [], isEarlier: true });
    this.lines = -1;
    return rest;
  }

  private client(bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    const verb = changes.find(({ metric }) => metric === "commands_total")?.labels["verb"];
    const outcome = [...depthOf(changes), ...outcomesOf(changes)];
    this.partial.client.add(bytes);
    if (bytes.at(-1) !== LF && outcome.length === 0) return [];
    const line = this.partial.client.take();
    if (verb === undefined && outcome.length === 0) {
      this.sentAhead += line.size;
      return [];
    }
    const text = verb === undefined ? sized("", line.size) : shown(verb, line, changes);
    return [...this.settle(), { from: "client", text, outcome }];
  }

  private server(bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    if (this.lines >= 0) return this.line(bytes, changes);
    this.partial.server.add(bytes);
    const outcome = [...outcomesOf(changes), ...commandsOf(changes)];
    if (bytes.at(-1) !== LF && outcome.length === 0) return [];
    const { bytes: taken, size } = this.partial.server.take();
    const line = taken.toString("latin1");
    const [status = ""] =
      /^(?:\+OK|-ERR(?: \[(?:IN-USE|LOGIN-DELAY|SYS\/TEMP|SYS\/PERM|AUTH|UTF8)\])?|\+(?=[ \r\n]))/i.exec(
        line,
      ) ?? [];
    if (status.toUpperCase() === "+OK" && outcome.length === 0) this.lines = 0;
    const text = status === "" ? sized("", size) : status === "+" ? "+ (challenge)" : status;
    return [...this.settle(), { from: "server", text, outcome }];
  }

  /** Lines behind a status line, up to the dot. */
  private line(bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    this.lines += bytes.length;
    if (!this.isOpaque && grown(changes, "replies_total") === 0) return [];
    const text = sized("lines, ", this.lines);
    this.lines = -1;
    return [{ from: "server", text, outcome: [...outcomesOf(changes), ...commandsOf(changes)] }];
  }

  private ignored(from: CapturePeer, bytes: number, changes: readonly Change[]): Remark[] {
    const outcome = outcomesOf(changes);
    this.unread.add(from, bytes);
    return outcome.length === 0 ? [] : [...this.settle(), ...this.unread.settle(outcome)];
  }

  /** The line for what waited for a reply. */
  private settle(): Remark[] {
    const bytes = this.sentAhead;
    this.sentAhead = 0;
    if (bytes === 0) return [];
    return [{ from: "client", text: sized("sent ahead, ", bytes), outcome: [], isEarlier: true }];
  }
}

/** A line that the filter took for a command. */
function shown(verb: string, line: TakenLine, changes: readonly Change[]): string {
  if (verb === "auth_response" || verb === "other") return sized(`${verbWords(verb)}, `, line.size);
  const word = verb.toUpperCase();
  if (verb === "auth") {
    const mechanism = changes.find(({ metric }) => metric === "auth_attempts_total")?.labels["mechanism"];
    return mechanism === undefined ? word : `${word} ${mechanism}`;
  }
  const numbers = /^\S+((?: +\d{1,9}){1,2})\s*$/.exec(line.bytes.toString("latin1"))?.[1];
  return NUMBERED.has(verb) && numbers !== undefined ? word + numbers : word;
}

/** Commands that were parked until this reply. */
function commandsOf(changes: readonly Change[]): string[] {
  const verbs = changes
    .filter(({ metric }) => metric === "commands_total")
    .map(({ labels, by }) => verbWords(labels["verb"] ?? "") + (by > 1 ? ` ×${by}` : ""));
  return verbs.length === 0 ? [] : [`sent ahead: ${verbs.join(", ")}`];
}

function depthOf(changes: readonly Change[]): string[] {
  const depth = sampleOf(changes, "pipeline_depth");
  return depth === undefined ? [] : [`pipelined, ${depth} outstanding`];
}

/** Behind the first LF, or where the bytes end. */
function lineEnd(bytes: Uint8Array): number {
  const at = bytes.indexOf(LF);
  return at < 0 ? bytes.length : at + 1;
}

/** A line that begins with a dot goes by itself: it may be the end. */
function untilDotLine(bytes: Uint8Array): number {
  if (bytes[0] === DOT) return lineEnd(bytes);
  for (let at = bytes.indexOf(LF); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === DOT) return at + 1;
  }
  return bytes.length;
}
