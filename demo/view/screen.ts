import type { WriteStream } from "node:tty";

const ESC = "\u001b[";
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const CLEAR_LINE = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;
/** Where the terminal does not say how large it is. */
const COLUMNS = 80;
const ROWS = 24;

/** A part of the terminal that is drawn over and over in the same place, below what was printed before. */
export class Screen {
  private readonly out: WriteStream;
  private drawn = 0;
  private hidden = false;

  constructor(out: WriteStream) {
    this.out = out;
    // Ctrl-C may come while something is drawn; a shell without a cursor is a poor goodbye.
    process.on("exit", () => {
      this.leave();
    });
  }

  /** Columns that a line may take. */
  get width(): number {
    return Math.max(20, (this.out.columns || COLUMNS) - 1);
  }

  /** Lines that fit. */
  get height(): number {
    return Math.max(1, (this.out.rows || ROWS) - 1);
  }

  /** Draws the lines over those drawn before; what does not fit on the terminal is left out at the end. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, this.height);
    const up = (this.hidden ? "" : HIDE_CURSOR) + (this.drawn > 0 ? `${ESC}${this.drawn}A` : "");
    this.hidden = true;
    this.out.write(`${up}\r${shown.map((line) => `${line}${CLEAR_LINE}\n`).join("")}${CLEAR_BELOW}`);
    this.drawn = shown.length;
  }

  /** Leaves what was drawn last where it is; what is printed next comes below. */
  leave(): void {
    if (this.hidden) this.out.write(SHOW_CURSOR);
    this.hidden = false;
    this.drawn = 0;
  }
}
