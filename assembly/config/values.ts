import { utf8Length } from "../bytes/text";
import { JsonValue, Kind } from "./document";
import { ConfigErrors } from "./errors";
import { alternatives, describe, isName } from "./found";
import { Whole, WholeNumber } from "./numbers";
import { decimal, textOf } from "./strings";

/**
 * Values under keys, read by asking for them by type. An absent key gives the default; a wrong value gives the default and
 * an error in `errors`, which decide whether the proxy accepts the configuration.
 */
export abstract class Values {
  /** For the runtime. */
  constructor(
    /** Everything that is wrong so far, the surroundings of these values included. */
    readonly errors: ConfigErrors,
    /** Where these values are, e.g. `limits`; empty for the whole. */
    readonly path: string,
  ) {}

  /** A name `[a-z][a-z0-9_]{0,31}`, such as a `stat_prefix`. */
  name(key: string, otherwise: string): string {
    const value = this.ask(key, Kind.string);
    if (value === null) return otherwise;
    const name = value.kind == Kind.string ? textOf(value.from, value.to) : "";
    if (isName(name)) return name;
    this.wrong(key, value, "a name [a-z][a-z0-9_]{0,31}");
    return otherwise;
  }

  /** One of `values`, by its place in them. */
  choice(key: string, values: string[], otherwise: i32): i32 {
    const value = this.ask(key, Kind.string);
    if (value === null) return otherwise;
    if (value.kind == Kind.string) {
      const text = textOf(value.from, value.to);
      for (let i = 0; i < values.length; i++) {
        if (unchecked(values[i]) == text) return i;
      }
    }
    this.wrong(key, value, alternatives(values));
    return otherwise;
  }

  /** A whole number between `least` and `most`, however it is written (1000, 1000.0, 1e3). */
  integer(key: string, otherwise: i64, least: i64, most: i64): i64 {
    const value = this.ask(key, Kind.number);
    return value === null ? otherwise : this.integerOf(key, value, otherwise, least, most);
  }

  /** `true` or `false`. */
  bool(key: string, otherwise: bool): bool {
    const value = this.ask(key, Kind.bool);
    if (value === null) return otherwise;
    if (value.kind == Kind.bool) return load<u8>(value.from) == 0x74;
    this.wrong(key, value, "true or false");
    return otherwise;
  }

  /** A string of at most `maxLength` bytes of UTF-8. What it holds is never shown in errors. */
  text(key: string, otherwise: string, maxLength: i32): string {
    const value = this.ask(key, Kind.string);
    if (value === null) return otherwise;
    value.isSecret = true;
    if (value.kind == Kind.string) {
      const text = textOf(value.from, value.to);
      if (utf8Length(text) <= maxLength) return text;
    }
    this.wrong(key, value, "a string of at most " + decimal(<i64>maxLength) + " bytes");
    return otherwise;
  }

  /** Whether the key is there, whatever its value. Asks for it. */
  has(key: string): bool {
    return this.ask(key, Kind.string) !== null;
  }

  /** Reports that something is wrong with the value under `key`, for what the methods above cannot know. */
  error(key: string, expected: string): void {
    const value = this.ask(key, Kind.string);
    if (value !== null) this.wrong(key, value, expected);
    else this.errors.add(this.pathOf(key), "expected " + expected + ", found nothing", this.pathOf(key), 0);
  }

  /** For the class itself: what is under `key`, null where there is none; as `kind`, if it is written without kinds. */
  protected abstract ask(key: string, kind: Kind): JsonValue | null;

  /** Reports that `value`, under `key`, is not what was expected. */
  protected wrong(key: string, value: JsonValue, expected: string): void {
    const path = this.pathOf(key);
    this.errors.add(path, "expected " + expected + ", found " + describe(value), path, value.at);
  }

  /** Where the value under `key` is. */
  protected pathOf(key: string): string {
    return this.path.length == 0 ? key : this.path + "." + key;
  }

  private integerOf(key: string, value: JsonValue, otherwise: i64, least: i64, most: i64): i64 {
    if (value.kind == Kind.number && WholeNumber.parse(value.from, value.to) == Whole.ok) {
      const number = WholeNumber.value;
      if (number >= least && number <= most) return number;
    }
    this.wrong(key, value, "a whole number between " + decimal(least) + " and " + decimal(most));
    return otherwise;
  }
}
