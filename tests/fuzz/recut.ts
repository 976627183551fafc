import { type Case, isClients, isData, MAX_CONNECTIONS, StepKind } from "./case.ts";
import type { FastRandom } from "./random.ts";

/** Up to so many bytes, a run may come in single ones. */
const MOST_SINGLES = 512;

/**
 * The same case, its bytes in other callbacks: what one peer sends in a row, with nothing in between that tells time or
 * ends something, is put together and cut anew. Nothing that is counted may change by it.
 */
export class Recutter {
  private readonly heldKind = new Int32Array(MAX_CONNECTIONS).fill(-1);
  private readonly pieces: Uint8Array[][] = Array.from({ length: MAX_CONNECTIONS }, () => []);

  private readonly random: FastRandom;

  constructor(random: FastRandom) {
    this.random = random;
  }

  /** Fills `into`. */
  recut(original: Case, into: Case): void {
    into.clear();
    into.connections = original.connections;
    into.profiles.set(original.profiles);
    const mode = this.random.below(3);
    for (let i = 0; i < original.count; i++) {
      const kind = original.kind(i);
      const connection = original.connection(i);
      if (isData(kind)) {
        this.take(original, i, kind, connection, into, mode);
        continue;
      }
      for (let other = 0; other < MAX_CONNECTIONS; other++) this.flush(other, into, mode);
      into.push(kind, connection, original.from(i), 0);
    }
    for (let other = 0; other < MAX_CONNECTIONS; other++) this.flush(other, into, mode);
  }

  private take(
    original: Case,
    i: number,
    kind: StepKind,
    connection: number,
    into: Case,
    mode: number,
  ): void {
    const plain = isClients(kind) ? StepKind.clientData : StepKind.serverData;
    if (this.heldKind[connection] !== plain) this.flush(connection, into, mode);
    this.heldKind[connection] = plain;
    const from = original.from(i);
    this.pieces[connection]?.push(original.arena.subarray(from, from + original.length(i)));
    if (kind === plain) return;
    for (let other = 0; other < MAX_CONNECTIONS; other++) this.flush(other, into, mode);
    into.push(plain === StepKind.clientData ? StepKind.clientEnd : StepKind.serverEnd, connection);
  }

  private flush(connection: number, into: Case, mode: number): void {
    const kind = this.heldKind[connection] as StepKind | -1;
    const pieces = this.pieces[connection];
    if (kind === -1 || pieces === undefined) return;
    let at = into.used;
    for (const piece of pieces) into.bytes(piece, 0, piece.length);
    const end = into.used;
    pieces.length = 0;
    this.heldKind[connection] = -1;
    while (at < end) {
      const length = this.lengthOf(mode, end - at);
      into.push(kind, connection, at, length);
      at += length;
    }
  }

  private lengthOf(mode: number, left: number): number {
    if (mode === 0) return left;
    if (mode === 1 && left <= MOST_SINGLES) return 1;
    return 1 + this.random.below(left);
  }
}
