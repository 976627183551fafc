import { Slice } from "../bytes/slice";
import { Properties } from "../host/properties";

/** Properties that a spec sets, and filter state that it can look at. */
export class FakeProperties extends Properties {
  /** Path (parts joined by NUL) → bytes. */
  private known: Map<string, ArrayBuffer> = new Map();
  /** Filter state by key. */
  written: Map<string, string> = new Map();
  /** How often a property was read. */
  reads: i32 = 0;
  /** From now on nothing can be written. */
  isRefusing: bool = false;

  /** Sets the property at `path` (parts joined by NUL) to the UTF-8 of `text`. */
  setText(path: string, text: string): void {
    this.known.set(path, String.UTF8.encode(text));
  }

  /** Sets the property at `path` to a whole number of 8 bytes. */
  setNumber(path: string, value: u64): void {
    const bytes = new ArrayBuffer(8);
    store<u64>(changetype<usize>(bytes), value);
    this.known.set(path, bytes);
  }

  read(path: string, into: Slice): bool {
    this.reads++;
    into.set(0, 0);
    if (!this.known.has(path)) return false;
    const bytes = this.known.get(path);
    into.set(changetype<usize>(bytes), bytes.byteLength);
    return true;
  }

  write(key: string, value: Slice): bool {
    if (this.isRefusing) return false;
    this.written.set(key, String.UTF8.decodeUnsafe(value.start, value.length));
    return true;
  }
}
