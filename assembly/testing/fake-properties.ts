import { STATUS_BAD_ARGUMENT } from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Faults } from "../host/faults";
import { MAX_PATH, Properties } from "../host/properties";

/** Properties that a spec sets, and filter state that it can look at. */
export class FakeProperties extends Properties {
  /** Path (parts joined by NUL) → bytes. */
  private known: Map<string, ArrayBuffer> = new Map();
  /** What every property is that was not set; none by default. */
  private everything: ArrayBuffer | null = null;
  /** Filter state by key. */
  written: Map<string, string> = new Map();
  /** How often a property was read. */
  reads: i32 = 0;
  /** The path that was read last. */
  lastPath: string = "";
  /** From now on nothing can be written. */
  isRefusing: bool = false;

  /** A text, by its path joined by NUL. */
  setText(path: string, text: string): void {
    this.known.set(path, String.UTF8.encode(text));
  }

  /** A whole number, a time or a duration. */
  setNumber(path: string, value: u64): void {
    const bytes = new ArrayBuffer(8);
    store<u64>(changetype<usize>(bytes), value);
    this.known.set(path, bytes);
  }

  /** True or false. */
  setTruth(path: string, value: bool): void {
    const bytes = new ArrayBuffer(1);
    store<u8>(changetype<usize>(bytes), value ? 1 : 0);
    this.known.set(path, bytes);
  }

  /** Any bytes, of any length. */
  setBytes(path: string, bytes: ArrayBuffer): void {
    this.known.set(path, bytes);
  }

  /** From now on every property that is not set has these bytes: for specs with values that no proxy would give. */
  setEverything(bytes: ArrayBuffer): void {
    this.everything = bytes;
  }

  /** The proxy does not know it any longer. */
  remove(path: string): void {
    this.known.delete(path);
  }

  read(path: string, into: Slice): bool {
    this.reads++;
    this.lastPath = path;
    into.set(0, 0);
    const everything = this.everything;
    if (path.length > MAX_PATH) return false;
    if (this.known.has(path)) {
      const bytes = this.known.get(path);
      into.set(changetype<usize>(bytes), bytes.byteLength);
      return true;
    }
    if (everything !== null) into.set(changetype<usize>(everything), everything.byteLength);
    return everything !== null;
  }

  readPart(group: string, name: string, key: string, into: Slice): bool {
    return this.read(group + "\0" + name + (key.length > 0 ? "\0" + key : ""), into);
  }

  write(key: string, value: Slice): bool {
    if (this.isRefusing || key.length > MAX_PATH) {
      return Faults.refused("set_property", STATUS_BAD_ARGUMENT);
    }
    this.written.set(key, String.UTF8.decodeUnsafe(value.start, value.length));
    return true;
  }
}
