import type { CapturePeer } from "../connection.ts";
import { formatCount, plural } from "../words.ts";
import type { Change } from "./changes.ts";
import { PartialLine, type TakenLine } from "./partial.ts";
import type { Reading, Remark } from "./reading.ts";
import { grown, sized } from "./phrases.ts";
import { verbWords } from "./line-words.ts";
import { depthOf, outcomesOf } from "./smtp-words.ts";
import { UnreadBytes } from "./unread.ts";

const LF = 10;
const DOT = 46;

/** What stands for a password, a user's name or a token. */
const MASK = "********";

/** A shorter word of a masked line may well occur in a reply by chance. */
const SHORTEST_SECRET = 4;

/** Of more, the oldest are no longer looked for. */
const MOST_SECRETS = 64;

/** Lines of a reply to look at: a server's hello has some thirty, and a reply may have no end. */
const MOST_REPLY_LINES = 256;

/** How the client's bytes are cut: after lines, around dot lines, not before a chunk's end, not at all. */
type Mode = "lines" | "body" | "chunk" | "opaque";

/**
 * SMTP for display. A client's text is shown only where the filter has just counted a command that carries no secret;
 * a body is shown as its size. Whatever a masked line held is masked in replies, too.
 */
export class SmtpReading implements Reading {
  private mode: Mode = "lines";
  /** Octets of a BDAT chunk that are still to come. */
  private remaining = 0;
  private readonly partial = { client: new PartialLine(), server: new PartialLine() };
  /** What passes without a word of the filter: a body, or what waits for a reply. */
  private silent = { bytes: 0, pieces: 0, what: "" };
  private readonly unread = new UnreadBytes();
  /** The first lines of a reply, and how many there are. */
  private readonly reply = { lines: [] as string[], count: 0 };
  /** Said by the filter while a client's line was still incomplete. */
  private readonly untold: string[] = [];
  private hasAuthenticated = false;
  private readonly secrets: string[] = [];

  next(from: CapturePeer, bytes: Uint8Array): number {
    if (this.mode === "opaque") return bytes.length;
    if (from === "server" || this.mode === "lines") return lineEnd(bytes, 0);
    if (this.mode === "chunk") return Math.min(this.remaining, bytes.length);
    return untilDotLine(bytes);
  }

  took(from: CapturePeer, bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    const { mode } = this;
    this.follow(from, bytes, changes);
    if (mode === "opaque") return this.ignored(from, bytes.length, changes);
    return from === "server" ? this.server(bytes, changes) : this.client(bytes, changes, mode);
  }

  lost(from: CapturePeer, count: number, changes: readonly Change[]): Remark[] {
    if (this.mode === "opaque") return this.ignored(from, count, changes);
    return this.happened(from, `${plural(count, "byte")} not captured`, changes);
  }

  happened(from: CapturePeer | undefined, what: string, changes: readonly Change[]): Remark[] {
    if (grown(changes, "opaque_sessions_total") > 0) this.mode = "opaque";
    if (this.mode === "chunk") this.mode = "lines";
    return [
      ...this.settle(),
      ...this.unfinished(),
      { from, text: `(${what})`, outcome: outcomesOf(changes) },
    ];
  }

  /** A client's line that never ended. */
  private unfinished(): Remark[] {
    const bytes = this.partial.client.take().size;
    const outcome = this.untold.splice(0);
    return bytes === 0
      ? []
      : [{ from: "client", text: sized("unfinished line, ", bytes), outcome, isEarlier: true }];
  }

  finish(): Remark[] {
    return [...this.settle(), ...this.unfinished()];
  }

  /** The filter's counting decides how the next bytes are cut. */
  private follow(from: CapturePeer, bytes: Uint8Array, changes: readonly Change[]): void {
    if (grown(changes, "auth_attempts_total") > 0) this.hasAuthenticated = true;
    if (grown(changes, "opaque_sessions_total") > 0) this.mode = "opaque";
    if (this.mode === "opaque") return;
    if (this.mode === "chunk" && from === "client") {
      this.remaining -= bytes.length;
      if (this.remaining === 0) this.mode = "lines";
    }
    const goAheads = grown(changes, "replies_total", { verb: "data", class: "3xx" });
    const ends = grown(changes, "commands_total", { verb: "eod" });
    if (goAheads > ends) this.mode = "body";
    else if (ends > 0) this.mode = "lines";
  }

  private client(bytes: Uint8Array, changes: readonly Change[], mode: Mode): Remark[] {
    const commands = changes.filter(({ metric }) => metric === "commands_total");
    const outcome = [...depthOf(changes), ...outcomesOf(changes)];
    if (mode === "body" && commands.length === 0)
      return this.passed(bytes.length, "message data, ", "client", changes);
    if (mode === "chunk") return this.passed(bytes.length, "chunk data, ", "client", changes);
    this.partial.client.add(bytes);
    // What half a line may show is not known before the filter has seen all of it.
    outcome.unshift(...this.untold.splice(0));
    if (bytes.at(-1) !== LF && commands.length === 0 && this.mode !== "opaque") {
      this.untold.push(...outcome);
      return [];
    }
    const line = this.partial.client.take();
    if (commands.length === 0 && outcome.length === 0) {
      this.keepParked(line.bytes.toString().trim());
      return this.passed(line.size, "sent ahead, ", "client", changes);
    }
    const verb = commands[0]?.labels["verb"];
    this.expectChunk(verb, line.bytes, changes);
    return [...this.settle(), { from: "client", text: this.shown(verb, line, changes), outcome }];
  }

  private expectChunk(verb: string | undefined, line: Buffer, changes: readonly Change[]): void {
    if (verb !== "bdat" || grown(changes, "anomalies_total", { kind: "bdat_invalid_size" }) > 0) return;
    this.remaining = Number(/^bdat[ \t]+(\d+)/i.exec(line.toString("latin1"))?.[1] ?? 0);
    if (this.remaining > 0 && this.mode === "lines") this.mode = "chunk";
  }

  private server(bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    this.partial.server.add(bytes);
    if (bytes.at(-1) !== LF && changes.every(({ metric }) => metric === "bytes_total")) return [];
    const line = this.partial.server.take().bytes.toString().trimEnd();
    const { reply } = this;
    if (++reply.count <= MOST_REPLY_LINES) reply.lines.push(this.scrubbed(line));
    if (/^\d{3}-/.test(line) && grown(changes, "replies_total") === 0) return [];
    const [lines, count] = [reply.lines.splice(0), reply.count];
    reply.count = 0;
    const outcome = [...outcomesOf(changes), ...sentAhead(changes)];
    const isChallenge = grown(changes, "replies_total", { class: "3xx" }) > 0 && /^334/.test(line);
    const first = isChallenge ? "334 (challenge)" : (lines[0] ?? "");
    const text = count > 1 ? `${first} (${formatCount(count)} lines)` : first;
    return [...this.settle(), { from: "server", text, outcome: [...outcome, ...offers(lines, changes)] }];
  }

  /** A line that the filter took for a command. */
  private shown(verb: string | undefined, line: TakenLine, changes: readonly Change[]): string {
    const text = line.bytes.toString().trimEnd();
    const [word = "", argument = ""] = text.split(/[ \t]+/, 2);
    switch (verb) {
      case undefined:
        return sized("", line.size);
      case "auth":
      case "x_exps":
        this.keep(text.split(/\s+/).slice(2));
        return grown(changes, "auth_attempts_total", { mechanism: "other" }) > 0
          ? `${word} ${MASK}`
          : `${word} ${argument} ${maskOf(text)}`.trimEnd();
      case "auth_response":
        this.keep([text]);
        return MASK;
      case "burl":
        return `${word} ${MASK}`;
      case "other":
        this.keep(text.split(/\s+/));
        return this.hasAuthenticated || !/^[A-Za-z]{1,8}$/.test(word)
          ? sized("", line.size)
          : `${word} ${sized("", line.size)}`;
      case "xexch50":
        return /^xexch50/i.test(word) ? text : sized("block of ", line.size);
      default:
        return text;
    }
  }

  private keep(words: readonly string[]): void {
    this.secrets.push(...words.filter((word) => word.length >= SHORTEST_SECRET));
    this.secrets.splice(0, this.secrets.length - MOST_SECRETS);
  }

  /** What waits for the reply to AUTH may be a credential, and a reply may repeat it. */
  private keepParked(line: string): void {
    if (this.hasAuthenticated && /^\S+$/.test(line)) this.keep([line]);
  }

  private scrubbed(text: string): string {
    return this.secrets.reduce((clean, secret) => clean.replaceAll(secret, MASK), text);
  }

  private passed(bytes: number, what: string, from: CapturePeer, changes: readonly Change[]): Remark[] {
    const remarks = this.silent.what === what + from ? [] : this.settle();
    this.silent = { bytes: this.silent.bytes + bytes, pieces: this.silent.pieces + 1, what: what + from };
    const outcome = outcomesOf(changes);
    return outcome.length === 0 ? remarks : [...remarks, ...this.settle(outcome)];
  }

  private ignored(from: CapturePeer, bytes: number, changes: readonly Change[]): Remark[] {
    const outcome = outcomesOf(changes);
    const before = this.silent.pieces > 0 ? this.settle() : [];
    this.unread.add(from, bytes);
    return outcome.length === 0 ? before : [...before, ...this.settle(outcome)];
  }

  /** The line for what passed in silence. */
  private settle(outcome: readonly string[] = []): Remark[] {
    const unread = this.unread.settle(outcome);
    if (unread.length > 0) return unread;
    const { bytes, pieces, what } = this.silent;
    this.silent = { bytes: 0, pieces: 0, what: "" };
    if (pieces === 0) return [];
    const from = what.endsWith("client") ? "client" : "server";
    const whole = sized(what.slice(0, -from.length), bytes);
    const text = pieces > 1 ? `${whole.slice(0, -1)} in ${plural(pieces, "piece")})` : whole;
    return [{ from, text, outcome, isEarlier: outcome.length === 0 }];
  }
}

/** Commands that were parked until this reply. */
function sentAhead(changes: readonly Change[]): string[] {
  const verbs = changes
    .filter(({ metric }) => metric === "commands_total")
    .map(({ labels, by }) => verbWords(labels["verb"] ?? "") + (by > 1 ? ` ×${by}` : ""));
  return verbs.length === 0 ? [] : [`sent ahead: ${verbs.join(", ")}`];
}

/** The keywords in the reply to a hello. */
function offers(lines: readonly string[], changes: readonly Change[]): string[] {
  const isHello = ["ehlo", "lhlo"].some(
    (verb) => grown(changes, "replies_total", { verb, class: "2xx" }) > 0,
  );
  if (!isHello || lines.length < 2) return [];
  const keywords = lines.slice(1).map((line) => /^250[- ]([\w-]+)/.exec(line)?.[1] ?? "");
  return [`offers ${keywords.filter((keyword) => keyword !== "").join(" ")}`];
}

function maskOf(text: string): string {
  return text.split(/\s+/).length > 2 ? MASK : "";
}

/** The end of the line that begins at `from`: behind its LF, or where the bytes end. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(LF, from);
  return at < 0 ? bytes.length : at + 1;
}

/** A line that begins with a dot goes by itself: it may be the end of the data. */
function untilDotLine(bytes: Uint8Array): number {
  if (bytes[0] === DOT) return lineEnd(bytes, 0);
  for (let at = bytes.indexOf(LF); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === DOT) return at + 1;
  }
  return bytes.length;
}
