import { bytesOf } from "../../testing";
import { Document, MAX_VALUES } from "../document";
import { JsonReader, MAX_DEPTH, Token } from "../reader";

/** Letters for tokens, and `!` with what was expected and where for an error. */
const LETTERS: string[] = ["{", "}", "[", "]", "k", "s", "n", "t", "f", "0", ".", "!"];

/** All tokens of `json`. */
function read(json: string): string {
  const bytes = bytesOf(json);
  const reader = new JsonReader(bytes.start, bytes.end);
  let text = "";
  for (let i = 0; i < 1000; i++) {
    const token = reader.next();
    if (token == Token.error)
      return text + "! " + reader.expected + " @" + (reader.from - bytes.start).toString();
    text += LETTERS[<i32>token];
    if (token == Token.end) return text;
  }
  return "endless";
}

/** Whether `json` is accepted. */
function accepts(json: string): bool {
  return read(json).endsWith(".");
}

/** Bytes given one by one, for what is no text. */
function acceptsBytes(bytes: u8[]): bool {
  const reader = new JsonReader(bytes.dataStart, bytes.dataStart + <usize>bytes.length);
  for (let i = 0; i < 100; i++) {
    const token = reader.next();
    if (token == Token.error) return false;
    if (token == Token.end) return true;
  }
  return false;
}

describe("JsonReader", () => {
  it("reads every kind of value", () => {
    expect(read('{"a":1,"b":[true,false,null,"x"],"c":{}}')).toBe("{kn" + "k[tf0s]" + "k{}" + "}.");
    expect(read(" [ ] ")).toBe("[].");
    expect(read("1")).toBe("n.");
  });

  it("says what it expected, and where", () => {
    expect(read("")).toBe("! a value @0");
    expect(read("{")).toBe('{! a key in double quotes or "}" @1');
    expect(read('{"a":1,}')).toBe("{kn! a key in double quotes @7");
    expect(read('{"a" 1}')).toBe('{! ":" after the key @5');
    expect(read('{"a":}')).toBe("{k! a value @5");
    expect(read('{"a":1 "b"')).toBe('{kn! "," or "}" @7');
    expect(read("[1 2")).toBe('[n! "," or "]" @3');
    expect(read("[1,]")).toBe("[n! a value @3");
    expect(read("[}")).toBe('[! a value or "]" @1');
    expect(read("[1}")).toBe('[n! "," or "]" @2');
    expect(read('{"a":1]')).toBe('{kn! "," or "}" @6');
    expect(read("{} x")).toBe("{}! the end of the configuration @3");
    expect(read("{}{}")).toBe("{}! the end of the configuration @2");
    expect(read("tru")).toBe("! a value @0");
    expect(read("nul0")).toBe("! a value @0");
    expect(read("falze")).toBe("! a value @0");
    expect(read("'a'")).toBe("! a value @0");
    expect(read("{a:1}")).toBe('{! a key in double quotes or "}" @1');
  });

  it("stays at an error", () => {
    const bytes = bytesOf("[x");
    const reader = new JsonReader(bytes.start, bytes.end);
    reader.next();
    expect(reader.next() == Token.error).toBe(true);
    expect(reader.next() == Token.error).toBe(true);
    expect(reader.from - bytes.start).toBe(1);
  });

  it("takes the numbers of the grammar", () => {
    const good = ["0", "-0", "10", "1.5", "-1.25e10", "1E5", "1e+5", "1e-5", "0.0", "0e0"];
    for (let i = 0; i < good.length; i++) expect(accepts(good[i])).toBe(true, good[i]);
  });

  it("takes no others", () => {
    const bad = [
      "01",
      "-",
      "+1",
      ".5",
      "1.",
      "1.e5",
      "1e",
      "1e+",
      "-01",
      "0x10",
      "1_0",
      "NaN",
      "Infinity",
      "--1",
      "1..2",
    ];
    for (let i = 0; i < bad.length; i++) expect(accepts(bad[i])).toBe(false, bad[i]);
    expect(read("1.x")).toBe("! a digit @2");
    expect(read("1ex")).toBe("! a digit @2");
    expect(read("-x")).toBe("! a digit @1");
    expect(read("01")).toBe("! no digit after a leading 0 @1");
  });

  it("takes the escapes of the grammar", () => {
    expect(accepts('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"')).toBe(true);
  });

  it("takes no others", () => {
    expect(read('"\\x"')).toBe("! an escape @1");
    expect(read('"\\u12g4"')).toBe("! an escape @1");
    expect(read('"\\u12"')).toBe("! an escape @1");
    expect(read('"\\uD83D"')).toBe("! an escape @1");
    expect(read('"\\uD83Dx"')).toBe("! an escape @1");
    expect(read('"\\uD83D\\u0041"')).toBe("! an escape @1");
    expect(read('"\\uDE00"')).toBe("! an escape @1");
    expect(read('"a\nb"')).toBe("! an escape for the control character @2");
    expect(read('"abc')).toBe("! a closing quote @4");
    expect(read('"abc\\')).toBe("! an escape @4");
    expect(read('{"abc')).toBe("{! a closing quote @5");
  });

  it("takes valid UTF-8 only", () => {
    expect(accepts('"é€😀"')).toBe(true);
    expect(acceptsBytes([0x22, 0xc3, 0xa9, 0x22])).toBe(true);
    expect(acceptsBytes([0x22, 0xff, 0x22])).toBe(false);
    expect(acceptsBytes([0x22, 0xc0, 0x80, 0x22])).toBe(false); // longer than need be
    expect(acceptsBytes([0x22, 0xe0, 0x80, 0x80, 0x22])).toBe(false);
    expect(acceptsBytes([0x22, 0xed, 0xa0, 0x80, 0x22])).toBe(false); // a surrogate
    expect(acceptsBytes([0x22, 0xf0, 0x80, 0x80, 0x80, 0x22])).toBe(false);
    expect(acceptsBytes([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22])).toBe(false); // above U+10FFFF
    expect(acceptsBytes([0x22, 0xf4, 0x8f, 0xbf, 0xbf, 0x22])).toBe(true);
    expect(acceptsBytes([0x22, 0xe2, 0x82, 0x22])).toBe(false);
    expect(acceptsBytes([0x22, 0xe2, 0x82])).toBe(false);
    expect(acceptsBytes([0x22, 0xf5, 0x80, 0x80, 0x80, 0x22])).toBe(false);
    expect(acceptsBytes([0x22, 0x80, 0x22])).toBe(false);
  });

  it("follows nesting to its limit and no further", () => {
    expect(accepts("[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH))).toBe(true);
    expect(read("[".repeat(MAX_DEPTH + 1)).endsWith("! at most 32 levels of nesting @32")).toBe(true);
    expect(accepts('{"a":'.repeat(MAX_DEPTH) + "1" + "}".repeat(MAX_DEPTH))).toBe(true);
  });

  it("ends for every prefix and every changed byte of a document", () => {
    const text = '{"a":[1,-2.5e3,"x\\u00e9\\n",true,null],"b":{"c":false}}';
    const bytes = bytesOf(text);
    for (let length = 0; length < text.length; length++) {
      const document = Document.parse(bytes.start, bytes.start + <usize>length);
      expect(document.expected.length > 0).toBe(true);
    }
    for (let i: usize = 0; i < <usize>text.length; i++) {
      const kept = load<u8>(bytes.start + i);
      for (let value = 0; value < 256; value += 3) {
        store<u8>(bytes.start + i, <u8>value);
        Document.parse(bytes.start, bytes.end);
      }
      store<u8>(bytes.start + i, kept);
    }
    expect(Document.parse(bytes.start, bytes.end).expected).toBe("");
  });
});

describe("Document", () => {
  it("holds no more values than its limit", () => {
    const good = bytesOf("[" + "1,".repeat(MAX_VALUES - 2) + "1]");
    expect(Document.parse(good.start, good.end).expected).toBe("");
    const many = bytesOf("[" + "1,".repeat(MAX_VALUES) + "1]");
    expect(Document.parse(many.start, many.end).expected).toBe("at most 4096 values");
  });

  it("marks the second of two equal keys", () => {
    const bytes = bytesOf('{"a":1,"b":2,"\\u0061":3}');
    const root = Document.parse(bytes.start, bytes.end).root;
    expect(root !== null).toBe(true);
    if (root === null) return;
    const last = root.lastChild;
    if (last === null) return;
    expect(last.key).toBe("a");
    expect(last.isDuplicate).toBe(true);
  });
});
