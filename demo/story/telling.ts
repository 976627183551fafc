import { fit } from "../view/style.ts";
import { table, type Column } from "../view/table.ts";
import type { Terminal } from "../view/terminal.ts";
import type { StoryAudience, StoryCheck } from "../page/story-state.ts";

/** What a story is written on. */
export type Paper = Pick<Terminal, "print" | "style" | "width">;

/** What is said about an act before it plays. */
export interface Announcement {
  readonly title: string;
  readonly text: string;
}

/** An act that was played, for programs. */
export interface PlayedAct extends Announcement {
  /** What was said meanwhile, line by line. */
  readonly told: readonly string[];
  readonly checks: readonly StoryCheck[];
}

const COLUMNS: readonly Column[] = [
  { title: "", align: "left" },
  { title: "", align: "left" },
  { title: "before", align: "right" },
  { title: "after", align: "left" },
];
const INDENT = "  ";

/** Tells a story, act by act, on the terminal and on the page. */
export class Telling {
  readonly acts: PlayedAct[] = [];
  private readonly count: number;
  private readonly terminal: Paper;
  private readonly audience: StoryAudience;
  private current: Announcement | undefined;
  private told: string[] = [];

  /** `count`: how many acts there will be. */
  constructor(count: number, terminal: Paper, audience: StoryAudience) {
    this.count = count;
    this.terminal = terminal;
    this.audience = audience;
  }

  /** Whether a claim was looked at and does not hold. */
  get hasFailed(): boolean {
    return this.acts.some(({ checks }) => checks.some(({ holds }) => holds === false));
  }

  begin(act: Announcement): void {
    const { style, width } = this.terminal;
    this.current = act;
    this.told = [];
    const heading = `Act ${this.acts.length + 1} of ${this.count}: ${act.title}`;
    this.terminal.print("", style.bold(heading), ...wrapped(act.text, width - INDENT.length).map(indented));
    this.publish([], false);
  }

  /** Says what goes on in the act that plays. */
  tell(line: string): void {
    this.told.push(line);
    this.terminal.print(this.terminal.style.dim(fit(`${INDENT}· ${line}`, this.terminal.width)));
  }

  /** The act is over, and this is what came of it. */
  end(checks: readonly StoryCheck[]): void {
    this.close(checks, false);
  }

  /** As {@link end}, of the last act. */
  conclude(checks: readonly StoryCheck[]): void {
    this.close(checks, true);
  }

  private close(checks: readonly StoryCheck[], done: boolean): void {
    const { current, told, terminal } = this;
    if (!current) return;
    terminal.print(...this.lines(checks));
    this.publish(checks, done);
    this.acts.push({ ...current, told, checks });
    this.current = undefined;
  }

  private lines(checks: readonly StoryCheck[]): string[] {
    const { style, width } = this.terminal;
    const mark = ({ holds }: StoryCheck): string =>
      holds === null ? style.warn("–") : holds ? style.good("✓") : style.bad("✗");
    const rows = checks.map((check) => [mark(check), check.what, check.before, check.after]);
    return table(COLUMNS, rows, width, style);
  }

  private publish(checks: readonly StoryCheck[], done: boolean): void {
    const { title, text } = this.current ?? { title: "", text: "" };
    this.audience.publish({ act: this.acts.length + 1, acts: this.count, title, text, checks, done });
  }
}

function indented(line: string): string {
  return INDENT + line;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
