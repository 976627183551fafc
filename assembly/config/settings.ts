import { Slice } from "../bytes/slice";
import { Block } from "../bytes/block";
import { utf8Length } from "../bytes/text";
import { Document, JsonValue, Kind } from "./document";
import { ConfigErrors } from "./errors";
import { alternatives, describe, describeByte, isBlank, isName, quoted } from "./found";
import { Whole, WholeNumber } from "./numbers";
import { decimal, textOf } from "./strings";
import { StructReader } from "./struct";
import { Suggestion } from "./suggest";

/** A key that was asked for. */
class Asked {
  constructor(
    readonly key: string,
    readonly next: Asked | null,
  ) {}
}

/** Whole numbers under fixed keys, by the place of the key. */
export class IntegerTable {
  /** 8 bytes for each key. */
  private readonly values: ArrayBuffer;

  /** `size`: how many keys. All numbers are 0 to begin with. */
  constructor(private readonly size: i32) {
    this.values = Block.allocate((<usize>size) << 3);
  }

  /** The number under the key at `index`; 0 where there is none. */
  get(index: i32): i64 {
    if (<u32>index >= <u32>this.size) return 0;
    return load<i64>(Block.start(this.values) + ((<usize>index) << 3));
  }

  /** Sets the number under the key at `index`; no effect outside. */
  set(index: i32, value: i64): void {
    if (<u32>index < <u32>this.size) store<i64>(Block.start(this.values) + ((<usize>index) << 3), value);
  }
}

/**
 * One object of the configuration, read by asking for its keys. An absent key gives the default; a wrong value gives
 * the default and an error; a key that nobody asked for is an error. Errors are collected in `errors`, and decide
 * whether the proxy accepts the configuration. Valid until `FilterFactory.configure` returns.
 */
export class Settings {
  private asked: Asked | null = null;
  private objects: Settings | null = null;
  private nextObject: Settings | null = null;

  /** For the runtime. `value`: an object, or null for an absent one. */
  constructor(
    /** Everything that is wrong with the configuration so far, this object's surroundings included. */
    readonly errors: ConfigErrors,
    /** Where this object is, e.g. `limits`; empty for the whole. */
    readonly path: string,
    private readonly value: JsonValue | null,
  ) {}

  /** Reads a whole configuration; nothing but white space is an empty one. A syntax error is in `errors`. */
  static parse(text: Slice): Settings {
    if (isBlank(text.start, text.end)) return new Settings(new ConfigErrors(text.start, false), "", null);
    const json = jsonOf(text);
    const document = Document.parse(json.start, json.end);
    const isWritten = json === text; // a Struct was serialised by the proxy: positions in it mean nothing to anybody
    const errors = new ConfigErrors(json.start, isWritten);
    if (document.expected.length > 0) {
      const found = describeByte(document.problemAt, json.end);
      errors.addSyntax("expected " + document.expected + ", found " + found, document.problemAt);
      return new Settings(errors, "", null);
    }
    const root = document.root;
    if (root !== null && root.kind != Kind.object) {
      errors.addSyntax("expected an object, found " + describe(root), root.at); // a Struct is always an object
      return new Settings(errors, "", null);
    }
    return new Settings(errors, "", root);
  }

  /** A name `[a-z][a-z0-9_]{0,31}`, such as a `stat_prefix`. */
  name(key: string, otherwise: string): string {
    const value = this.ask(key);
    if (value === null) return otherwise;
    const name = value.kind == Kind.string ? textOf(value.from, value.to) : "";
    if (isName(name)) return name;
    this.wrong(key, value, "a name [a-z][a-z0-9_]{0,31}");
    return otherwise;
  }

  /** One of `values`, by its place in them. */
  choice(key: string, values: string[], otherwise: i32): i32 {
    const value = this.ask(key);
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
    const value = this.ask(key);
    return value === null ? otherwise : this.integerOf(key, value, otherwise, least, most);
  }

  /** `true` or `false`. */
  bool(key: string, otherwise: bool): bool {
    const value = this.ask(key);
    if (value === null) return otherwise;
    if (value.kind == Kind.bool) return load<u8>(value.from) == 0x74;
    this.wrong(key, value, "true or false");
    return otherwise;
  }

  /** A string of at most `maxLength` bytes of UTF-8. What it holds is never shown in errors. */
  text(key: string, otherwise: string, maxLength: i32): string {
    const value = this.ask(key);
    if (value === null) return otherwise;
    value.isSecret = true;
    if (value.kind == Kind.string) {
      const text = textOf(value.from, value.to);
      if (utf8Length(text) <= maxLength) return text;
    }
    this.wrong(key, value, "a string of at most " + decimal(<i64>maxLength) + " bytes");
    return otherwise;
  }

  /** The object under `key`; an empty one where there is none. Asked for twice, it is the same. */
  object(key: string): Settings {
    const path = this.pathOf(key);
    let known = this.objects;
    while (known !== null && known.path != path) known = known.nextObject;
    if (known !== null) return known;
    const value = this.ask(key);
    const isObject = value !== null && value.kind == Kind.object;
    if (value !== null && !isObject) this.wrong(key, value, "an object");
    const settings = new Settings(this.errors, path, isObject ? value : null);
    settings.nextObject = this.objects;
    this.objects = settings;
    return settings;
  }

  /** An object whose keys are among `names` and whose values are whole numbers between `least` and `most`. */
  table(key: string, names: string[], least: i64, most: i64): IntegerTable {
    const table = new IntegerTable(names.length);
    const settings = this.object(key);
    for (let i = 0; i < names.length; i++)
      table.set(i, settings.integer(unchecked(names[i]), 0, least, most));
    return table;
  }

  /** Whether the key is there, whatever its value. Asks for it. */
  has(key: string): bool {
    return this.ask(key) !== null;
  }

  /** Reports that something is wrong with the value under `key`, for what the methods above cannot know. */
  error(key: string, expected: string): void {
    const value = this.ask(key);
    if (value !== null) this.wrong(key, value, expected);
    else this.errors.add(this.pathOf(key), "expected " + expected + ", found nothing", this.pathOf(key), 0);
  }

  /** For the runtime, after everything was asked: reports keys that were not asked for, and those given twice. */
  finish(): void {
    const value = this.value;
    let member: JsonValue | null = value === null ? null : value.child;
    while (member !== null) {
      this.checkKey(member);
      member = member.next;
    }
    let object = this.objects;
    while (object !== null) {
      object.finish();
      object = object.nextObject;
    }
  }

  private checkKey(member: JsonValue): void {
    const order = this.pathOf(member.key);
    if (member.isDuplicate) {
      this.errors.add(
        this.path,
        "duplicate key " + quoted(member.keyAt + 1, member.keyTo),
        order,
        member.keyAt,
      );
      return;
    }
    const suggestion = new Suggestion(member.key);
    let asked = this.asked;
    while (asked !== null) {
      if (asked.key == member.key) return;
      suggestion.offer(asked.key);
      asked = asked.next;
    }
    let text = "unknown key " + quoted(member.keyAt + 1, member.keyTo);
    if (suggestion.best.length > 0) text += '; did you mean "' + suggestion.best + '"?';
    this.errors.add(this.path, text, order, member.keyAt);
  }

  private integerOf(key: string, value: JsonValue, otherwise: i64, least: i64, most: i64): i64 {
    if (value.kind == Kind.number && WholeNumber.parse(value.from, value.to) == Whole.ok) {
      const number = WholeNumber.value;
      if (number >= least && number <= most) return number;
    }
    this.wrong(key, value, "a whole number between " + decimal(least) + " and " + decimal(most));
    return otherwise;
  }

  private ask(key: string): JsonValue | null {
    this.asked = new Asked(key, this.asked);
    const value = this.value;
    return value === null ? null : value.member(key);
  }

  private wrong(key: string, value: JsonValue, expected: string): void {
    const path = this.pathOf(key);
    this.errors.add(path, "expected " + expected + ", found " + describe(value), path, value.at);
  }

  private pathOf(key: string): string {
    return this.path.length == 0 ? key : this.path + "." + key;
  }
}

/** The JSON of a configuration, which may be a serialised Struct. */
function jsonOf(text: Slice): Slice {
  if (!StructReader.looksLike(text)) return text;
  const json = new StructReader(text).read();
  return json === null ? text : json;
}
