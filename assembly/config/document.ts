import { JsonReader, Token } from "./reader";
import { textOf } from "./strings";

/** Most values of one document: what a configuration may cost in memory and in comparisons of keys. */
export const MAX_VALUES: i32 = 4096;

export const enum Kind {
  object,
  array,
  string,
  number,
  bool,
  nothing,
  /** Of an environment variable: no text. */
  bytes,
}

/** One value of a document, with its key in the object that holds it. */
export class JsonValue {
  /** Of a member of an object; empty otherwise. */
  key: string = "";
  /** Where the key begins (at its quote), or the value where there is no key. */
  keyAt: usize = 0;
  /** Where the key ends, at its closing quote. */
  keyTo: usize = 0;
  /** Whether an earlier member of the same object has the same key. */
  isDuplicate: bool = false;
  /** Where the value begins and ends; strings: inside the quotes. */
  to: usize = 0;
  /** Whether its content must not be shown in errors. */
  isSecret: bool = false;

  parent: JsonValue | null = null;
  /** First member or item. */
  child: JsonValue | null = null;
  lastChild: JsonValue | null = null;
  /** Next member or item of the same parent. */
  next: JsonValue | null = null;

  constructor(
    readonly kind: Kind,
    readonly from: usize,
  ) {
    this.keyAt = this.at;
  }

  /** Where the value begins, at its quote for a string. */
  get at(): usize {
    return this.kind == Kind.string ? this.from - 1 : this.from;
  }

  /** The first member with this key. */
  member(key: string): JsonValue | null {
    let member = this.child;
    while (member !== null && member.key != key) member = member.next;
    return member;
  }

  append(value: JsonValue): void {
    value.parent = this;
    const last = this.lastChild;
    if (last === null) this.child = value;
    else last.next = value;
    this.lastChild = value;
  }
}

/** A JSON text as a tree, or the first thing that is wrong with it. The text must stay as long as the tree is used. */
export class Document {
  root: JsonValue | null = null;
  /** What would have been right at `problemAt`; empty when the text is well formed. */
  expected: string = "";
  problemAt: usize = 0;

  private open: JsonValue | null = null;
  private key: string = "";
  private keyAt: usize = 0;
  private keyTo: usize = 0;
  private values: i32 = 0;

  static parse(start: usize, end: usize): Document {
    const document = new Document();
    const reader = new JsonReader(start, end);
    let token = reader.next();
    while (token != Token.end && token != Token.error) {
      document.take(token, reader);
      token = document.values > MAX_VALUES ? Token.error : reader.next();
    }
    if (token == Token.error) {
      document.expected = document.values > MAX_VALUES ? "at most 4096 values" : reader.expected;
      document.problemAt = reader.from;
    }
    return document;
  }

  private take(token: Token, reader: JsonReader): void {
    switch (token) {
      case Token.key:
        this.key = textOf(reader.from, reader.to);
        this.keyAt = reader.from - 1;
        this.keyTo = reader.to;
        return;
      case Token.objectEnd:
      case Token.arrayEnd:
        this.leave(reader.to);
        return;
      case Token.objectStart:
        this.open = this.add(Kind.object, reader);
        return;
      case Token.arrayStart:
        this.open = this.add(Kind.array, reader);
        return;
      case Token.string:
        this.add(Kind.string, reader);
        return;
      case Token.number:
        this.add(Kind.number, reader);
        return;
      case Token.nothing:
        this.add(Kind.nothing, reader);
        return;
      default:
        this.add(Kind.bool, reader);
    }
  }

  private add(kind: Kind, reader: JsonReader): JsonValue {
    const value = new JsonValue(kind, reader.from);
    value.to = reader.to;
    this.values++;
    const parent = this.open;
    if (parent === null) {
      this.root = value;
      return value;
    }
    if (parent.kind == Kind.object) {
      value.key = this.key;
      value.keyAt = this.keyAt;
      value.keyTo = this.keyTo;
      value.isDuplicate = parent.member(this.key) !== null;
    }
    parent.append(value);
    return value;
  }

  private leave(end: usize): void {
    const closed = this.open;
    if (closed === null) return;
    closed.to = end;
    this.open = closed.parent;
  }
}
