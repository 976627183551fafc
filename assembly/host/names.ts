import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";

/** Longest name of a metric, labels included. */
export const MAX_NAME_BYTES: i32 = 250;

const UNDERSCORE: i32 = 0x5f;

/** Where names are put together, one at a time: `<protocol>.<stat_prefix>.<metric>[.<label>.<value>]…`. */
export class NameWriter {
  private static readonly text: Text = new Text(memory.data(250), MAX_NAME_BYTES);
  private static readonly name: Slice = new Slice();

  static begin(protocol: string, prefix: string, metric: string): void {
    NameWriter.text.clear().string(protocol).byte(0x2e).string(prefix).byte(0x2e).string(metric);
  }

  static label(name: string, value: string): void {
    NameWriter.text.byte(0x2e).string(name).byte(0x2e).string(value);
  }

  /** What was written: valid until the next `begin`. */
  static slice(): Slice {
    return NameWriter.text.toSlice(NameWriter.name);
  }

  /** Whether everything since `begin` fitted into MAX_NAME_BYTES. */
  static get fits(): bool {
    return !NameWriter.text.truncated;
  }
}

/** Whether `text` may be a part of a metric's name: `[a-z0-9_]+`. */
export function isToken(text: string): bool {
  if (text.length == 0) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = <i32>load<u16>(changetype<usize>(text) + ((<usize>i) << 1));
    const isDigit = unit >= 0x30 && unit <= 0x39;
    const isLower = unit >= 0x61 && unit <= 0x7a;
    if (!isDigit && !isLower && unit != UNDERSCORE) return false;
  }
  return true;
}
