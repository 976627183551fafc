import { Screen } from "./screen.ts";
import { styleFor, type Style } from "./style.ts";

/** Columns where there is no terminal to ask: a log. */
const LOG_WIDTH = 110;

/** Standard output: a terminal to draw on, or a log that gets line after line. */
export class Terminal {
  readonly interactive: boolean;
  readonly style: Style;
  private readonly screen: Screen | undefined;
  private lastStatus = "";

  constructor() {
    this.interactive = process.stdout.isTTY && process.env.TERM !== "dumb";
    this.style = styleFor(this.interactive);
    this.screen = this.interactive ? new Screen(process.stdout) : undefined;
  }

  get width(): number {
    return this.screen?.width ?? LOG_WIDTH;
  }

  /** Lines that can be drawn over and over; a log takes any number. */
  get height(): number {
    return this.screen?.height ?? Infinity;
  }

  /** Prints lines that stay. */
  print(...lines: readonly string[]): void {
    this.leave();
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Redraws in place; a log gets nothing. */
  draw(lines: readonly string[]): void {
    this.screen?.draw(lines);
  }

  /** A line about something that takes time; a log gets it once, not at every second. An empty one ends it. */
  status(line: string): void {
    if (this.screen) {
      this.screen.draw(line === "" ? [] : [line]);
      if (line === "") this.screen.leave();
    } else if (line.endsWith("…") && line !== this.lastStatus) {
      this.lastStatus = line;
      this.print(line);
    }
  }

  /** What was drawn stays; the cursor is the user's again. */
  leave(): void {
    this.screen?.leave();
  }
}
