import { formatBytes } from "../capture/words.ts";

/** Nothing is shown of what is over sooner. */
const PATIENCE_MS = 1000;
const INTERVAL_MS = 100;
const BAR_WIDTH = 24;

/** A bar on the terminal, if standard error is one, for work that takes more than a second. */
export class ProgressBar {
  private readonly total: number;
  private readonly output: NodeJS.WriteStream;
  private readonly clock: () => number;
  private readonly startedAt: number;
  private shownAt = 0;

  /** `clock` tells milliseconds. */
  constructor(
    total: number,
    { output = process.stderr as NodeJS.WriteStream, clock = () => performance.now() } = {},
  ) {
    this.total = total;
    this.output = output;
    this.clock = clock;
    this.startedAt = clock();
  }

  /** So many bytes of the total are done. */
  update(done: number): void {
    if (!this.output.isTTY) return;
    const now = this.clock();
    const elapsed = now - this.startedAt;
    if (elapsed < PATIENCE_MS || now - this.shownAt < INTERVAL_MS) return;
    this.shownAt = now;
    const share = this.total > 0 ? Math.min(1, done / this.total) : 0;
    const filled = Math.round(share * BAR_WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
    const left = share > 0 ? `, ${Math.ceil((elapsed / share - elapsed) / 1000)} s left` : "";
    const rate = formatBytes(Math.round((done / elapsed) * 1000));
    this.output.write(`\r\x1b[K${bar} ${Math.floor(share * 100)} %, ${rate}/s${left}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.shownAt > 0) this.output.write("\r\x1b[K");
    this.shownAt = 0;
  }
}
