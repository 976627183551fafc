import { decimal } from "./strings";

/** Most errors that are kept: a reader needs the first few. */
export const MAX_ERRORS: i32 = 100;

/** One thing that is wrong with a configuration. */
export class ConfigError {
  next: ConfigError | null = null;

  constructor(
    /** Where, e.g. `slow_commands_ms.rcpt`; empty for the whole. */
    readonly path: string,
    /** What, e.g. `expected true or false, found 1`, with the byte where that means something. */
    readonly text: string,
    /** By what errors are sorted: the path, with the key in question for unknown keys. */
    readonly order: string,
    /** Of what, e.g. `configuration`. */
    readonly source: string,
  ) {}

  /** `slow_commands_ms.rcpt: expected …, found …` */
  toString(): string {
    return this.path.length == 0 ? this.text : this.path + ": " + this.text;
  }
}

/** Everything that is wrong with a configuration, sorted by path. */
export class ConfigErrors {
  /** How many there are, those beyond MAX_ERRORS included. */
  count: i32 = 0;
  /** For the runtime: the first of them, by path. */
  first: ConfigError | null = null;

  /**
   * For the runtime. `start`: where the text begins. `hasPositions`: whether positions in it mean something to whoever wrote it
   * (a Struct is re-serialised by the proxy). `source`: of what the errors are. `into`: where they are collected, if not here.
   */
  constructor(
    private readonly start: usize,
    private readonly hasPositions: bool,
    private readonly source: string = "configuration",
    private readonly into: ConfigErrors | null = null,
  ) {}

  /** For the runtime. `at`: the byte in question, 0 when there is none. Authors call `Settings.error`. */
  add(path: string, text: string, order: string, at: usize): void {
    this.insert(new ConfigError(path, this.hasPositions ? this.placed(text, at) : text, order, this.source));
  }

  /** For the runtime: a syntax error, whose position always means something. */
  addSyntax(text: string, at: usize): void {
    this.insert(new ConfigError("", this.placed(text, at), "", this.source));
  }

  /** The first byte is byte 1. */
  private placed(text: string, at: usize): string {
    if (at < this.start || at == 0) return text;
    return text + " (byte " + decimal(<i64>(at - this.start) + 1) + ")";
  }

  private insert(error: ConfigError): void {
    this.count++;
    const into = this.into;
    if (into !== null) into.insert(error);
    else if (this.count <= MAX_ERRORS) this.place(error);
  }

  /** Puts an error behind those whose path comes before its own. */
  private place(error: ConfigError): void {
    const first = this.first;
    if (first === null || error.order < first.order) {
      error.next = first;
      this.first = error;
      return;
    }
    let before: ConfigError = first;
    let after = before.next;
    while (after !== null && after.order <= error.order) {
      before = after;
      after = before.next;
    }
    error.next = after;
    before.next = error;
  }
}
