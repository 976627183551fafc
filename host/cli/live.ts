import { rowAsText, rowForTools, type Row } from "../capture/timeline/timeline.ts";
import { formatDuration, formatWall, plural } from "../capture/words.ts";
import { formatAddress } from "../envoy/address.ts";
import type { LiveSession, LiveSink } from "../proxy/live.ts";

/** Where lines go; `process.stdout` is one. */
export interface Output {
  readonly isTTY?: boolean;
  readonly writableLength: number;
  hasColors?(): boolean;
  write(text: string): unknown;
}

/** What waits for a reader that is slow or gone; beyond it lines are left out, as memory has an end. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Seconds of sessions that last up to a quarter of an hour stand in one column. */
const TIME_WIDTH = 7;

/** `#123`; wider numbers only move their own lines. */
const TAG_WIDTH = 4;

/** Colours of tags (SGR codes): sessions that run at a time are told apart. Red is left out, as it means failure. */
const TAG_COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94] as const;
const DIM = 2;
const RED = 31;

/** Makes live sessions into text, or into one JSON object a line. */
export function livePrinter(format: "text" | "json", output: Output): LiveSink {
  const lines = new BoundedLines(output);
  return format === "json" ? new JsonPrinter(lines) : new TextPrinter(lines, colouring(output));
}

type Paint = (code: number, text: string) => string;

/** Colours are for terminals, and for those who did not ask for none (https://no-color.org). */
function colouring(output: Output): Paint {
  const wanted = output.isTTY === true && (output.hasColors?.() ?? true) && !process.env["NO_COLOR"];
  return wanted ? (code, text) => `\x1b[${code}m${text}\x1b[0m` : (_, text) => text;
}

class TextPrinter implements LiveSink {
  private readonly lines: BoundedLines;
  private readonly paint: Paint;

  constructor(lines: BoundedLines, paint: Paint) {
    this.lines = lines;
    this.paint = paint;
  }

  opened(session: LiveSession): void {
    const { filter, client, server, opened } = session;
    const ends = `${formatAddress(client)} → ${formatAddress(server)}`;
    this.print(session, this.paint(DIM, `${filter}: ${ends}, opened ${formatWall(opened)}`));
  }

  row(session: LiveSession, row: Row): void {
    this.print(session, rowAsText(row, TIME_WIDTH));
  }

  closed(session: LiveSession, lasted: number): void {
    this.print(session, this.paint(DIM, `lasted ${formatDuration(lasted / 1000)}`));
  }

  lost(session: LiveSession, why: string): void {
    this.print(session, this.paint(RED, `goes on untold: ${why}`));
  }

  private print({ number }: LiveSession, text: string): void {
    const colour = TAG_COLOURS[number % TAG_COLOURS.length] ?? DIM;
    this.lines.print(`${this.paint(colour, `#${number}`.padEnd(TAG_WIDTH))} ${text}`, (count) =>
      this.paint(RED, `(${plural(count, "line")} left out: the reader is slow)`),
    );
  }
}

class JsonPrinter implements LiveSink {
  private readonly lines: BoundedLines;

  constructor(lines: BoundedLines) {
    this.lines = lines;
  }

  opened(session: LiveSession): void {
    const { filter, client, server, opened } = session;
    const time = new Date(Number(opened / 1_000_000n)).toISOString();
    this.print(session, "opened", {
      filter,
      client: formatAddress(client),
      server: formatAddress(server),
      time,
    });
  }

  row(session: LiveSession, row: Row): void {
    this.print(session, "line", rowForTools(row));
  }

  closed(session: LiveSession, lasted: number): void {
    this.print(session, "closed", { seconds: lasted / 1e9 });
  }

  lost(session: LiveSession, why: string): void {
    this.print(session, "lost", { why });
  }

  private print({ number }: LiveSession, event: string, facts: object): void {
    this.lines.print(jsonLine(event, { session: number, ...facts }), (lines) =>
      jsonLine("left_out", { lines }),
    );
  }
}

/** An event for tools, on one line. */
export function jsonLine(event: string, facts: object): string {
  return JSON.stringify({ event, ...facts });
}

/** Prints lines as long as they are read, and says how many it did not print. */
class BoundedLines {
  private readonly output: Output;
  private leftOut = 0;

  constructor(output: Output) {
    this.output = output;
  }

  /** `apology` says how many lines are missing before this one. */
  print(line: string, apology: (count: number) => string): void {
    if (this.output.writableLength > MAX_WAITING_BYTES) {
      this.leftOut++;
      return;
    }
    if (this.leftOut > 0) this.output.write(`${apology(this.leftOut)}\n`);
    this.leftOut = 0;
    this.output.write(`${line}\n`);
  }
}
