/** Configurations for the reader to choke on: what the schema makes, and that with bytes changed. */

import { mutated, Random, valid, type ObjectSchema } from "../../support/configurations.ts";
import { FastRandom } from "../random.ts";
import { structOf, type Json } from "./struct.ts";

/** One document, and what it is known to be. */
export interface ConfigDocument {
  readonly bytes: Uint8Array;
  /** Its bytes are a Struct, unchanged, of this JSON. */
  readonly structOf: string | undefined;
}

/** Of documents: those that are a Struct, and those that have changes in their bytes. */
const STRUCT_PERCENT = 30;
const CHANGED_PERCENT = 60;

/** What is put into documents, and what they are cut at: all that the reader tells apart, and numbers near its edges. */
const TOKENS = [
  ...'{}[]:,"\\ \n\t\r\0',
  ...["null", "true", "false", "tru", "\\u0000", "\\ud800", "\\u12", "\\/", "\\b", "//", "/**/", "'"],
  ...["-", "-0", "0", "00", "01", "1.", ".5", "1e", "1e+", "1E400", "-1e-400", "0x1", "NaN", "Infinity"],
  ...["9007199254740993", "18446744073709551616", "4294967296", "0.1e1", "1000000000000000000000e-18"],
  ...[
    "stat_prefix",
    "limits",
    "hash_key",
    "__proto__",
    "\x7f",
    "\xc3\xa9",
    "\xff",
    "\xed\xa0\x80",
    "\xef\xbb\xbf",
  ],
  ...[
    "\x0a\x00",
    "\x12\x00",
    "\x2a\x00",
    "\x32\x00",
    "\x11\x00\x00\x00\x00\x00\x00\xf8\x7f",
    "\xff\xff\xff\xff\x0f",
  ],
].map((text) => Buffer.from(text, "latin1"));

/** Deeper and longer than the reader takes. */
const MOST_REPEATS = 13;
const MOST_BYTES = 1 << 16;
const MOST_CHANGES = 5;

/** Documents by number: the same seed and number are the same document. */
export class ConfigDocuments {
  private readonly schema: ObjectSchema;
  private readonly seed: number;
  private readonly random = new FastRandom();

  constructor(schema: ObjectSchema, seed: number) {
    this.schema = schema;
    this.seed = seed;
  }

  make(index: number): ConfigDocument {
    const { random } = this;
    random.reseed(this.seed, index);
    const drafts = new Random(random.next());
    const text = random.chance(40) ? valid(this.schema, drafts) : mutated(this.schema, drafts);
    const isStruct = random.chance(STRUCT_PERCENT);
    let bytes: Buffer = isStruct ? structOf(JSON.parse(text) as Json) : Buffer.from(text);
    const isChanged = random.chance(CHANGED_PERCENT);
    for (let left = isChanged ? 1 + random.below(MOST_CHANGES) : 0; left > 0; left--)
      bytes = this.change(bytes);
    return { bytes: bytes.subarray(0, MOST_BYTES), structOf: isStruct && !isChanged ? text : undefined };
  }

  /** One change somewhere. */
  private change(bytes: Buffer): Buffer {
    const { random } = this;
    const at = random.below(bytes.length + 1);
    const part = Math.min(bytes.length, at + 1 + random.below(1 << random.below(8)));
    const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, part), bytes.subarray(part)];
    switch (random.below(7)) {
      case 0:
        return Buffer.concat([head, Buffer.from(middle.map((byte) => byte ^ (1 << random.below(8)))), tail]);
      case 1:
        return Buffer.concat([head, tail]);
      case 2:
        return head;
      case 3:
        return Buffer.concat([head, random.pick(TOKENS), middle, tail]);
      case 4:
        return Buffer.concat([head, random.pick(TOKENS), tail]);
      case 5: {
        const again = random.chance(50) ? middle : random.pick(TOKENS);
        const times = Math.min(
          1 << random.below(MOST_REPEATS),
          Math.ceil(MOST_BYTES / Math.max(1, again.length)),
        );
        return Buffer.concat([head, ...Array<Uint8Array>(times).fill(again), tail]);
      }
      default:
        return Buffer.concat([head, Buffer.from([random.below(256)]), middle, tail]);
    }
  }
}
