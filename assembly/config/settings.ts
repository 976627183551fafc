import { Slice } from "../bytes/slice";
import { Block } from "../bytes/block";
import { Host } from "../host/host";
import { MAX_VM_CONFIGURATION } from "../host/vm-info";
import { Document, JsonValue, Kind } from "./document";
import { ConfigErrors } from "./errors";
import { Environment } from "./environment";
import { describe, describeByte, isBlank, quoted } from "./found";
import { decimal } from "./strings";
import { StructReader } from "./struct";
import { Suggestion } from "./suggest";
import { Values } from "./values";

/** What errors of the VM's configuration begin with. */
const VM_SOURCE: string = "vm configuration";

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
export class Settings extends Values {
  private asked: Asked | null = null;
  private objects: Settings | null = null;
  private nextObject: Settings | null = null;
  /** What this object is part of. */
  private outer: Settings | null = null;
  private ofVm: Settings | null = null;
  /** An Environment: not by its type, so that a module that reads none does not hold its code. */
  private variables: Values | null = null;

  /** For the runtime. `value`: an object, or null for an absent one. */
  constructor(
    errors: ConfigErrors,
    path: string,
    private readonly value: JsonValue | null,
  ) {
    super(errors, path);
  }

  /** Reads a whole configuration; nothing but white space is an empty one. A syntax error is in `errors`. */
  static parse(text: Slice): Settings {
    return parse(text, "configuration", null);
  }

  /**
   * The configuration of the VM (Envoy's `vm_config.configuration`), which all plugins in it share. Its errors are this
   * configuration's too. Who asks for any of its keys has to ask for all: the rest are unknown. At most 64 KiB. Give it as a
   * StringValue: equal Structs of several keys may be different bytes for Envoy, and different bytes are different VMs.
   */
  get vm(): Settings {
    const outer = this.outer;
    if (outer !== null) return outer.vm;
    const known = this.ofVm;
    if (known !== null) return known;
    const read = readVm(this.errors);
    this.ofVm = read;
    return read;
  }

  /** The environment variables that the VM was given. Their errors are this configuration's too. */
  get environment(): Environment {
    const outer = this.outer;
    if (outer !== null) return outer.environment;
    const known = this.variables;
    if (known !== null) return changetype<Environment>(known);
    const read = new Environment(this.errors);
    this.variables = read;
    return read;
  }

  /** The object under `key`; an empty one where there is none. Asked for twice, it is the same. */
  object(key: string): Settings {
    const path = this.pathOf(key);
    let known = this.objects;
    while (known !== null && known.path != path) known = known.nextObject;
    if (known !== null) return known;
    const value = this.ask(key, Kind.object);
    const isObject = value !== null && value.kind == Kind.object;
    if (value !== null && !isObject) this.wrong(key, value, "an object");
    const settings = new Settings(this.errors, path, isObject ? value : null);
    settings.outer = this;
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
    const vm = this.ofVm;
    if (vm !== null) vm.finish();
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

  protected ask(key: string, _kind: Kind): JsonValue | null {
    this.asked = new Asked(key, this.asked);
    const value = this.value;
    return value === null ? null : value.member(key);
  }
}

/** Reads a whole configuration; `source` and `into` as for its errors. */
function parse(text: Slice, source: string, into: ConfigErrors | null): Settings {
  const isEmpty = isBlank(text.start, text.end);
  const json = isEmpty ? text : jsonOf(text);
  const isWritten = json === text; // a Struct was serialised by the proxy: positions in it mean nothing to anybody
  const errors = new ConfigErrors(json.start, isWritten, source, into);
  if (isEmpty) return new Settings(errors, "", null);
  const document = Document.parse(json.start, json.end);
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

/** The VM's configuration, copied: what the proxy gave goes with the next host call. */
function readVm(into: ConfigErrors): Settings {
  const bytes = new Slice();
  if (Host.vm.readConfiguration(bytes)) {
    const block = Block.allocate(<usize>bytes.length);
    memory.copy(Block.start(block), bytes.start, <usize>bytes.length);
    return parse(bytes.set(Block.start(block), bytes.length), VM_SOURCE, into);
  }
  const errors = new ConfigErrors(0, false, VM_SOURCE, into);
  errors.add("", "expected at most " + decimal(<i64>MAX_VM_CONFIGURATION) + " bytes", "", 0);
  return new Settings(errors, "", null);
}

/** The JSON of a configuration, which may be a serialised Struct. */
function jsonOf(text: Slice): Slice {
  if (!StructReader.looksLike(text)) return text;
  const json = new StructReader(text).read();
  return json === null ? text : json;
}
