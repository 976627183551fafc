// Just enough of the Wasm binary format to know the types of imports and exports, which the JavaScript API hides.

export type ExternKind = "function" | "table" | "memory" | "global" | "tag";

export interface Extern {
  readonly kind: ExternKind;
  readonly name: string;
  /** Functions only, e.g. `i32 i64 -> i32`; `void` where there is nothing. */
  readonly type: string;
}

export interface ImportedExtern extends Extern {
  readonly module: string;
  /** Memories and tables only: sizes in pages or elements. */
  readonly limits?: { readonly initial: number; readonly maximum?: number };
}

export interface ModuleShape {
  readonly imports: readonly ImportedExtern[];
  readonly exports: readonly Extern[];
}

/** Reads the shape of a module. Throws `Error` where the bytes are not a Wasm module. */
export function readShape(binary: Uint8Array): ModuleShape {
  const input = new Reader(binary);
  if (input.fixed32() !== 0x6d736100 || input.fixed32() !== 1) throw new Error("not a Wasm module");
  const types: string[] = [];
  const functions: number[] = [];
  const imports: ImportedExtern[] = [];
  const exports: Extern[] = [];
  while (!input.atEnd) {
    const section = input.byte();
    const body = input.sub(input.u32());
    if (section === TYPE_SECTION) readTypes(body, types);
    else if (section === IMPORT_SECTION) readImports(body, types, functions, imports);
    else if (section === FUNCTION_SECTION) body.vector(() => functions.push(body.u32()));
    else if (section === EXPORT_SECTION) readExports(body, types, functions, exports);
  }
  return { imports, exports };
}

const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const FUNCTION_SECTION = 3;
const EXPORT_SECTION = 7;
const KINDS: readonly ExternKind[] = ["function", "table", "memory", "global", "tag"];
const VALUE_TYPES: Record<number, string> = {
  0x7f: "i32",
  0x7e: "i64",
  0x7d: "f32",
  0x7c: "f64",
  0x7b: "v128",
  0x70: "funcref",
  0x6f: "externref",
};

function readTypes(body: Reader, types: string[]): void {
  body.vector(() => {
    if (body.byte() !== 0x60) throw new Error("unsupported type form");
    const parameters = valueTypes(body);
    types.push(`${parameters} -> ${valueTypes(body)}`);
  });
}

function valueTypes(body: Reader): string {
  const names: string[] = [];
  body.vector(() => names.push(VALUE_TYPES[body.byte()] ?? "unknown"));
  return names.length === 0 ? "void" : names.join(" ");
}

function readImports(body: Reader, types: string[], functions: number[], imports: ImportedExtern[]): void {
  body.vector(() => {
    const module = body.text();
    const name = body.text();
    const kind = kindOf(body.byte());
    let type = "";
    let limits: ImportedExtern["limits"];
    if (kind === "function") {
      const index = body.u32();
      functions.push(index);
      type = types[index] ?? "unknown";
    } else if (kind === "global") {
      body.skip(2);
    } else if (kind === "tag") {
      body.skip(1);
      body.u32();
    } else {
      if (kind === "table") body.skip(1);
      limits = readLimits(body);
    }
    imports.push({ module, name, kind, type, limits });
  });
}

function readLimits(body: Reader): { initial: number; maximum?: number } {
  const flags = body.byte();
  const initial = body.u32();
  return (flags & 1) === 0 ? { initial } : { initial, maximum: body.u32() };
}

function readExports(body: Reader, types: string[], functions: number[], exports: Extern[]): void {
  body.vector(() => {
    const name = body.text();
    const kind = kindOf(body.byte());
    const index = body.u32();
    const type = kind === "function" ? (types[functions[index] ?? -1] ?? "unknown") : "";
    exports.push({ kind, name, type });
  });
}

function kindOf(byte: number): ExternKind {
  const kind = KINDS[byte];
  if (kind === undefined) throw new Error("unknown kind of import or export");
  return kind;
}

class Reader {
  private position = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.position++];
    if (value === undefined) throw new Error("truncated module");
    return value;
  }

  skip(count: number): void {
    this.position += count;
  }

  fixed32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new Error("a number is too long");
  }

  sub(length: number): Reader {
    const end = this.position + length;
    if (end > this.bytes.length) throw new Error("truncated section");
    const part = new Reader(this.bytes.subarray(this.position, end));
    this.position = end;
    return part;
  }

  text(): string {
    const part = this.sub(this.u32());
    return new TextDecoder().decode(part.bytes);
  }

  vector(readItem: () => void): void {
    for (let left = this.u32(); left > 0; left--) readItem();
  }
}
