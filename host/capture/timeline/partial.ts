/** Octets of a line that are kept: no more of one is ever looked at, and peers can send lines without an end. */
const KEPT_LINE = 65_536;

/** A line of a peer's, or its beginning. */
export interface TakenLine {
  readonly bytes: Buffer;
  /** Octets of all of it. */
  readonly size: number;
}

/** What came of a line that is not complete. */
export class PartialLine {
  private readonly kept: Buffer[] = [];
  private keptBytes = 0;
  private seen = 0;

  /** Octets so far. */
  get size(): number {
    return this.seen;
  }

  add(bytes: Uint8Array): void {
    this.seen += bytes.length;
    const room = KEPT_LINE - this.keptBytes;
    if (room <= 0) return;
    // A copy: the buffer these bytes lie in is large, or will be used again.
    const piece = Buffer.from(bytes.subarray(0, room));
    this.kept.push(piece);
    this.keptBytes += piece.length;
  }

  /** The line; the next one begins. */
  take(): TakenLine {
    const line = { bytes: Buffer.concat(this.kept.splice(0)), size: this.seen };
    this.keptBytes = 0;
    this.seen = 0;
    return line;
  }
}
