import { describe, expect, test } from "vitest";
import { byteByByte, cutAtEveryPosition } from "../../host/testing/cuts.ts";
import { unescapeBytes, type Step } from "../../host/testing/conversation.ts";
import { parseTranscript } from "../../host/testing/transcript.ts";

const FENCE = "```";

function stepsOf(lines: string): readonly Step[] {
  return parseTranscript(`# T\n${FENCE}smtp\n${lines}\n${FENCE}\n`, "smtp").conversations[0]?.steps ?? [];
}

function sent(lines: string): string[] {
  return stepsOf(lines).map((step) =>
    step.kind === "send" ? `${step.peer} ${Buffer.from(step.bytes).toString()}` : step.kind,
  );
}

describe("the bytes of a transcript", () => {
  test("consecutive lines of one side are one segment; an empty line begins another", () => {
    expect(sent("S: 220 a\nC: EHLO b\nC: NOOP\n\nC:\nS! 2\nS! 50\n# a comment\nS! \\r\\n")).toEqual([
      "server 220 a\r\n",
      "client EHLO b\r\nNOOP\r\n",
      "client \r\n",
      "server 250\r\n",
    ]);
  });

  test("closing and time", () => {
    expect(stepsOf("C: a\nC.\n--- 1.5s\nS*\n--- 20ms").slice(1)).toEqual([
      { kind: "end", peer: "client", line: 4 },
      { kind: "wait", milliseconds: 1500, line: 5 },
      { kind: "reset", peer: "server", line: 6 },
      { kind: "wait", milliseconds: 20, line: 7 },
    ]);
  });

  test("hexadecimal with notes, of one side in one segment", () => {
    const [step] = stepsOf("C 30 0c # a sequence\nC 0201\n");
    expect(step?.kind === "send" && [...step.bytes]).toEqual([0x30, 0x0c, 2, 1]);
  });

  test("escapes", () => {
    expect(Buffer.from(unescapeBytes("a\\r\\n\\t\\0\\\\\\xffé")).toString("hex")).toBe("610d0a09005cffc3a9");
    expect(Buffer.from(unescapeBytes("<\\{3:a\\x62\\}}>")).toString()).toBe("<ab}ab}ab}>");
    expect(() => unescapeBytes("\\q")).toThrow("unknown escape \\q");
  });

  test("a line that is none is named", () => {
    expect(() => stepsOf("C: a\nX: b")).toThrow("transcript:4: not a transcript line: X: b");
  });
});

describe("the other blocks", () => {
  test("are read", () => {
    const block = (info: string, text: string): string => `${FENCE}${info}\n${text}\n${FENCE}\n`;
    const transcript = parseTranscript(
      `# Title\nprose\n${block("config", "{}")}${block("smtp", "C: a")}${block("smtp", "C: b")}` +
        block("properties", '{"a.b": 1}') +
        block("properties close", '{"c": null}') +
        block("metrics exhaustive", '# note\nx_total{a="b"} 2') +
        block("log", "said") +
        block("filter-state", "wasm.k some text"),
      "smtp",
    );
    expect(transcript).toMatchObject({
      title: "Title",
      configuration: "{}",
      properties: { accept: { "a.b": 1 }, data: {}, close: { c: null } },
      metrics: [{ name: "x_total", labels: { a: "b" }, value: 2 }],
      exhaustive: true,
      log: ["said"],
      filterState: [["wasm.k", "some text"]],
    });
    expect(transcript.conversations).toHaveLength(2);
  });

  test("an unknown one, an open one, and no bytes at all are errors", () => {
    expect(() => parseTranscript(`${FENCE}smpt\nC: a\n${FENCE}`, "smtp")).toThrow(
      "transcript:1: unknown block",
    );
    expect(() => parseTranscript(`${FENCE}smtp\nC: a`, "smtp")).toThrow("a block is not closed");
    expect(() => parseTranscript("# only prose", "smtp")).toThrow("no ```smtp block");
  });
});

describe("cuts", () => {
  const transcript = (lines: string) => parseTranscript(`${FENCE}smtp\n${lines}\n${FENCE}`, "smtp");
  const joined = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

  test("a short transcript is cut at every position of every segment", () => {
    const variants = [...cutAtEveryPosition(transcript("C! abc\nS! de"))];
    const parts = variants.map(({ cut }) => [
      cut(Buffer.from("abc"), 0).map(String).length,
      cut(Buffer.from("de"), 1).map(String).length,
    ]);
    expect(parts).toEqual([
      [2, 1],
      [2, 1],
      [1, 2],
    ]);
    expect(variants[2]?.name).toBe("cut after 1 bytes of the server's segment at line 3");
  });

  test("a long one at all line ends and evenly, not without bounds; nothing is lost", () => {
    const long = transcript("C: MAIL\nC! \\{100000:x}\\r\\n.\\r\\n\nS: 250");
    const variants = [...cutAtEveryPosition(long)];
    expect(variants.length).toBeGreaterThan(256);
    expect(variants.length).toBeLessThanOrEqual(1280);
    const bytes = Buffer.from(`MAIL\r\n${"x".repeat(100_000)}\r\n.\r\n`);
    const ends = new Set(variants.map(({ cut }) => cut(bytes, 0)[0]?.length));
    for (const at of [1, 5, 6, 7, bytes.length - 4, bytes.length - 3, bytes.length - 1])
      expect(ends).toContain(at);
    const single = byteByByte(long).cut(bytes, 0);
    expect(joined(single)).toBe(bytes.toString());
    expect(single.length).toBeLessThan(200);
    expect(single.slice(0, 8).map(({ length }) => length)).toEqual(Array(8).fill(1));
    expect(Math.max(...single.map(({ length }) => length))).toBe(997);
  });
});
