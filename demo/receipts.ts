import type { Receipt } from "./page/messages.ts";

/** As many as a page shows. */
const KEPT = 12;

/** The last things that a server received, newest first. */
export class Receipts {
  private kept: readonly Receipt[] = [];

  get latest(): readonly Receipt[] {
    return this.kept;
  }

  /** Enters one that was received now. */
  enter(receipt: Omit<Receipt, "at">): void {
    this.kept = [{ at: Date.now(), ...receipt }, ...this.kept].slice(0, KEPT);
  }
}
