/** Colours, where the terminal wants them; otherwise the text as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

type Painter = (text: string) => string;

const plain: Painter = (text) => text;
const painter =
  (on: number, off: number): Painter =>
  (text) =>
    text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`;

/** No colours without a terminal, nor where NO_COLOR is set to anything or TERM is `dumb`. */
export function styleFor(isTerminal: boolean, environment: NodeJS.ProcessEnv = process.env): Style {
  const wanted = isTerminal && !environment.NO_COLOR && environment.TERM !== "dumb";
  if (!wanted) return { bold: plain, dim: plain, good: plain, warn: plain, bad: plain };
  return {
    bold: painter(1, 22),
    dim: painter(2, 22),
    good: painter(32, 39),
    warn: painter(33, 39),
    bad: painter(31, 39),
  };
}

// Built from its code point: a control character in a regex literal reads as a mistake.
const COLOUR = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, "g");

/** How many columns the text takes, colours aside. */
export function widthOf(text: string): number {
  return [...text.replace(COLOUR, "")].length;
}

/** The text in a column of that width. */
export function left(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** The same, against the right edge. */
export function right(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Shortened to that width; colours are given up where something has to go. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${[...text.replace(COLOUR, "")].slice(0, Math.max(0, width - 1)).join("")}…`;
}
