import { Status } from "../abi/constants.ts";

const EMPTY = new Uint8Array(0);

/** The bytes of one direction while a filter may see them. */
export class StreamBuffer {
  private content: Uint8Array = EMPTY;

  get bytes(): Uint8Array {
    return this.content;
  }

  get size(): number {
    return this.content.length;
  }

  append(bytes: Uint8Array): void {
    this.content = this.content.length === 0 ? bytes : Buffer.concat([this.content, bytes]);
  }

  /** Hands over everything and is empty afterwards. */
  take(): Uint8Array {
    const bytes = this.content;
    this.content = EMPTY;
    return bytes;
  }

  /** The three edits Envoy supports: replace or drop a prefix, prepend, append. A start inside is a bad argument. */
  edit(start: number, length: number, data: Uint8Array): Status {
    // The module's memory is reused after the call, so the data is copied.
    if (start === 0) {
      this.content = Buffer.concat([data, this.content.subarray(length)]);
      return Status.ok;
    }
    if (start < this.content.length) return Status.badArgument;
    this.content = Buffer.concat([this.content, data]);
    return Status.ok;
  }
}
