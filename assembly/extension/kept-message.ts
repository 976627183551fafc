import { Collected } from "../bytes/collected";
import { Slice } from "../bytes/slice";
import { Chunk } from "./chunk";

/**
 * What earlier chunks had of a message. The first `owed` bytes of it were taken out of them, and go back in front of the
 * chunk with which the message goes on.
 */
@final
export class KeptMessage {
  readonly bytes: Collected = new Collected();
  owed: i32 = 0;
  /** What goes back into the chunk at hand, and how much of it. */
  private readonly returning: Collected = new Collected();
  private returned: i32 = 0;
  private readonly view: Slice = new Slice();

  /** What is kept is not needed any more; what is owed of it goes on. */
  letGo(): void {
    if (this.owed > 0) {
      this.returning.takeFrom(this.bytes);
      this.returned = this.owed;
    }
    this.drop();
  }

  /** Takes everything from the offset `from` on out of the chunk, all of which is kept. False when the proxy refused. */
  take(chunk: Chunk, from: i32): bool {
    const count = chunk.size - from;
    if (!chunk.keepStart(from)) return false;
    this.owed += count;
    return true;
  }

  /** Takes the same out of the chunk for good; all that there is, where that alone cannot be had. */
  cut(chunk: Chunk, from: i32): void {
    if (chunk.keepStart(from)) this.giveBack(chunk);
    else chunk.keepStart(0);
    this.forget();
  }

  /** Puts back what goes on. */
  giveBack(chunk: Chunk): void {
    if (this.returned == 0) return;
    // Bytes that cannot go back would be missing in the middle of the stream.
    if (!chunk.insert(this.returning.start(this.returned, this.view))) chunk.close();
    this.forget();
  }

  /** What is kept goes nowhere. */
  drop(): void {
    this.bytes.clear();
    this.owed = 0;
  }

  /** What goes back goes nowhere: there is no chunk. */
  forget(): void {
    this.returning.clear();
    this.returned = 0;
  }
}
