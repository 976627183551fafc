import { Slice } from "../../bytes/slice";
import { Settings } from "../settings";
import { StructReader } from "../struct";

/** A Struct under construction, as bytes. */
function item(tag: u8, content: u8[]): u8[] {
  const bytes: u8[] = [tag];
  let length = content.length;
  while (length >= 0x80) {
    bytes.push((<u8>(length & 0x7f)) | 0x80);
    length >>= 7;
  }
  bytes.push(<u8>length);
  return bytes.concat(content);
}

function ascii(text: string): u8[] {
  const buffer = String.UTF8.encode(text);
  const bytes: u8[] = [];
  for (let i = 0; i < buffer.byteLength; i++) bytes.push(load<u8>(changetype<usize>(buffer) + i));
  return bytes;
}

function field(key: string, value: u8[]): u8[] {
  return item(0x0a, item(0x0a, ascii(key)).concat(item(0x12, value)));
}

function number(value: f64): u8[] {
  const bytes: u8[] = [0x11];
  const bits = reinterpret<u64>(value);
  for (let i: u64 = 0; i < 8; i++) bytes.push(<u8>(bits >> (i * 8)));
  return bytes;
}

function text(value: string): u8[] {
  return item(0x1a, ascii(value));
}

function sliceOf(bytes: u8[]): Slice {
  return Slice.of(bytes.dataStart, bytes.length);
}

/** The JSON of a Struct, "-" for what is none. */
function json(bytes: u8[]): string {
  const read = new StructReader(sliceOf(bytes)).read();
  return read === null ? "-" : String.UTF8.decodeUnsafe(read.start, read.length);
}

function errors(settings: Settings): string {
  settings.finish();
  let texts = "";
  let error = settings.errors.first;
  while (error !== null) {
    texts += error.toString() + "|";
    error = error.next;
  }
  return texts;
}

describe("StructReader", () => {
  it("writes every kind of value", () => {
    expect(json([])).toBe("{}");
    expect(json(field("a", number(2)))).toBe('{"a":2}');
    expect(json(field("a", text("x")).concat(field("b", [0x20, 1])))).toBe('{"a":"x","b":true}');
    expect(json(field("a", [0x20, 0]))).toBe('{"a":false}');
    expect(json(field("a", [0x08, 0]))).toBe('{"a":null}');
    expect(json(field("a", []))).toBe('{"a":null}');
    expect(json(field("a", item(0x2a, field("b", number(1)))))).toBe('{"a":{"b":1}}');
    expect(json(field("a", item(0x32, item(0x0a, number(1)).concat(item(0x0a, text("x"))))))).toBe(
      '{"a":[1,"x"]}',
    );
    expect(json(field("a", item(0x2a, [])).concat(field("b", item(0x32, []))))).toBe('{"a":{},"b":[]}');
    expect(json(field("a", item(0x32, item(0x0a, item(0x32, [])))).concat(field("b", number(0))))).toBe(
      '{"a":[[]],"b":0}',
    );
  });

  it("writes numbers so that whole ones stay exact and others stay no whole numbers", () => {
    expect(json(field("a", number(-1000)))).toBe('{"a":-1000}');
    expect(json(field("a", number(9007199254740992)))).toBe('{"a":9007199254740992}');
    expect(json(field("a", number(2.5)))).toBe('{"a":2.5}');
    expect(json(field("a", number(-0.05)))).toBe('{"a":-0.05}');
    expect(json(field("a", number(1e-12)))).toBe('{"a":0.000001}');
    expect(json(field("a", number(1.9999999999)))).toBe('{"a":1.999999}');
    expect(json(field("a", number(1e300)))).toBe('{"a":9e18}');
    expect(json(field("a", number(-1e300)))).toBe('{"a":-9e18}');
    expect(json(field("a", number(NaN)))).toBe('{"a":9e18}');
  });

  it("escapes what JSON must escape", () => {
    expect(json(field('k"', text('a"\\\n\x1fé')))).toBe('{"k\\"":"a\\"\\\\\\u000a\\u001fé"}');
  });

  it("follows nesting to the limit of the reader", () => {
    let value = number(1);
    for (let i = 0; i < 31; i++) value = item(0x2a, field("a", value));
    expect(json(field("a", value)).length > 100).toBe(true);
    expect(json(field("a", item(0x2a, field("a", value))))).toBe("-");
  });

  it("takes nothing else for a Struct", () => {
    const whole = field("stat_prefix", text("edge")).concat(field("n", number(5)));
    for (let length = 1; length < whole.length; length++) {
      if (length == field("stat_prefix", text("edge")).length) continue; // the first field alone is a Struct too
      expect(json(whole.slice(0, length))).toBe("-", length.toString());
    }
    expect(json([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f])).toBe("-");
    expect(json(field("a", [0x42, 1]))).toBe("-");
    expect(json(field("a", [0x20]))).toBe("-");
    expect(json(field("a", [0x20, 1, 1]))).toBe("-");
    expect(json(field("a", [0x08]))).toBe("-");
    expect(json(field("a", [0x11, 0]))).toBe("-");
    expect(json(field("a", text("x").concat([0])))).toBe("-");
    expect(json(item(0x0a, item(0x12, number(1))))).toBe("-");
  });

  it("ends for every changed byte", () => {
    const whole = field("a", item(0x2a, field("b", number(5)))).concat(
      field("c", item(0x32, item(0x0a, text("x")))),
    );
    for (let i = 0; i < whole.length; i++) {
      const kept = whole[i];
      for (let value = 0; value < 256; value++) {
        whole[i] = <u8>value;
        errors(Settings.parse(sliceOf(whole)));
      }
      whole[i] = kept;
    }
    expect(json(whole)).toBe('{"a":{"b":5},"c":["x"]}');
  });
});

describe("Settings of a serialised Struct", () => {
  it("are read like JSON, without positions in errors", () => {
    const settings = Settings.parse(
      sliceOf(field("n", number(5)).concat(field("stat_prefx", text("edge edge")))),
    );
    expect(settings.integer("n", 0, 1, 10)).toBe(5);
    settings.name("stat_prefix", "default");
    expect(errors(settings)).toBe('unknown key "stat_prefx"; did you mean "stat_prefix"?|');
  });

  it("are told from a text that begins with a new line", () => {
    const settings = Settings.parse(sliceOf(ascii('\n{"n": 5}')));
    expect(settings.integer("n", 0, 1, 10)).toBe(5);
    expect(StructReader.looksLike(sliceOf(ascii('\n{"n": 5}')))).toBe(false);
    expect(StructReader.looksLike(sliceOf([]))).toBe(false);
  });

  it("are errors of syntax when the bytes are neither", () => {
    const settings = Settings.parse(sliceOf([0x0a, 0x12, 0x00]));
    expect(errors(settings)).toBe("expected a value, found byte 18 (byte 2)|");
  });
});
