import { Budget, DEFAULT_MEMORY_BYTES } from "../../bytes/budget";
import { Slice } from "../../bytes/slice";
import { Fault, Faults } from "../../host/faults";
import { MAX_FETCH } from "../../host/scratch";
import { bytesOf, FakeHost } from "../../testing";
import { DownstreamChunk, UpstreamChunk } from "../chunk";

function shown(slice: Slice): string {
  return String.UTF8.decodeUnsafe(slice.start, slice.length);
}

/** The chunk of a downstream callback that brings `text`. */
function downstream(text: string): DownstreamChunk {
  const chunk = new DownstreamChunk();
  chunk.open(0, FakeHost.buffers.setDownstream(text));
  return chunk;
}

describe("Chunk", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("knows its size without fetching", () => {
    expect(downstream("EHLO").size).toBe(4);
    expect(FakeHost.buffers.fetches).toBe(0);
  });

  it("fetches all bytes once", () => {
    const chunk = downstream("EHLO");
    expect(shown(chunk.bytes())).toBe("EHLO");
    expect(shown(chunk.bytes())).toBe("EHLO");
    expect(shown(chunk.slice(1, 2))).toBe("HL");
    expect(FakeHost.buffers.fetches).toBe(1);
  });

  it("fetches a part, and again only what it does not cover", () => {
    const chunk = downstream("0123456789");
    expect(shown(chunk.slice(2, 5))).toBe("23456");
    expect(shown(chunk.slice(2, 5))).toBe("23456");
    expect(shown(chunk.slice(3, 4))).toBe("3456");
    expect(FakeHost.buffers.fetches).toBe(1);
    expect(shown(chunk.slice(3, 5))).toBe("34567");
    expect(shown(chunk.slice(1, 3))).toBe("123");
    expect(FakeHost.buffers.fetches).toBe(3);
  });

  it("reads ahead: what is in memory is enough, if it is the least that is asked for", () => {
    const chunk = downstream("0123456789");
    expect(shown(chunk.ahead(2, 1, 4))).toBe("2345");
    expect(shown(chunk.ahead(4, 2, 4))).toBe("45");
    expect(FakeHost.buffers.fetches).toBe(1);
    expect(shown(chunk.ahead(4, 3, 4))).toBe("4567");
    expect(shown(chunk.ahead(8, 1, 4))).toBe("89");
    expect(shown(chunk.ahead(8, 4, 8))).toBe("89");
    expect(FakeHost.buffers.fetches).toBe(3);
    expect(shown(chunk.ahead(10, 1, 4))).toBe("");
  });

  it("gives what there is", () => {
    const chunk = downstream("0123456789");
    expect(shown(chunk.slice(8, 5))).toBe("89");
    expect(shown(chunk.slice(8, i32.MAX_VALUE))).toBe("89");
    expect(shown(chunk.slice(10, 1))).toBe("");
    expect(shown(chunk.slice(-1, 5))).toBe("");
    expect(shown(chunk.slice(3, 0))).toBe("");
    expect(shown(chunk.slice(3, -1))).toBe("");
    expect(FakeHost.buffers.fetches).toBe(1);
  });

  it("of an end of stream may be empty", () => {
    const chunk = downstream("");
    expect(chunk.size).toBe(0);
    expect(chunk.bytes().length).toBe(0);
    expect(FakeHost.buffers.fetches).toBe(0);
    chunk.open(0, -5);
    expect(chunk.size).toBe(0);
  });

  it("is opened anew for each callback", () => {
    const chunk = downstream("client");
    chunk.bytes();
    chunk.open(0, FakeHost.buffers.setDownstream("more"));
    expect(shown(chunk.bytes())).toBe("more");
    const other = new UpstreamChunk();
    other.open(0, FakeHost.buffers.setUpstream("server"));
    expect(shown(other.bytes())).toBe("server");
  });

  it("shows nothing of what was shown before and is held", () => {
    const chunk = downstream("held, new");
    chunk.open(6, 3);
    expect(shown(chunk.bytes())).toBe("new");
    expect(shown(chunk.slice(1, 9))).toBe("ew");
  });

  it("is edited at its front, at its end and as a whole", () => {
    const chunk = downstream("b");
    expect(chunk.prepend(bytesOf("a"))).toBe(true);
    expect(chunk.append(bytesOf("cd"))).toBe(true);
    expect(shown(chunk.bytes())).toBe("abcd");
    expect(chunk.replace(bytesOf(""))).toBe(true);
    expect(chunk.size).toBe(0);
    expect(chunk.append(bytesOf("x"))).toBe(true);
    expect(shown(chunk.bytes())).toBe("x");
    expect(Faults.pending).toBe(0);
  });

  it("lets other bytes go on instead of its first ones", () => {
    const chunk = downstream("220 mx\r\n220");
    expect(chunk.replaceStart(6, bytesOf("220"))).toBe(true);
    expect(FakeHost.buffers.downstreamText()).toBe("220\r\n220");
    expect(chunk.size).toBe(8);
    expect(shown(chunk.bytes())).toBe("220\r\n220");
    expect(chunk.replaceStart(0, bytesOf("a "))).toBe(true);
    expect(FakeHost.buffers.downstreamText()).toBe("a 220\r\n220");
    expect(chunk.replaceStart(i32.MAX_VALUE, bytesOf("all"))).toBe(true);
    expect(FakeHost.buffers.downstreamText()).toBe("all");
    expect(chunk.size).toBe(3);
    expect(chunk.replaceStart(-1, bytesOf("none"))).toBe(false);
  });

  it("has no place in front of it for edits while bytes are held there", () => {
    const chunk = downstream("held, new");
    chunk.open(6, 3);
    expect(chunk.prepend(bytesOf("x"))).toBe(false);
    expect(chunk.replace(bytesOf("x"))).toBe(false);
    expect(chunk.replaceStart(1, bytesOf("x"))).toBe(false);
    expect(chunk.append(bytesOf("er"))).toBe(true);
    expect(shown(chunk.bytes())).toBe("newer");
  });

  it("keeps its first bytes, and what is held in front of them", () => {
    const chunk = downstream("held, new");
    expect(chunk.keepStart(9)).toBe(true);
    expect(chunk.keepStart(7)).toBe(true);
    expect(FakeHost.buffers.downstreamText()).toBe("held, n");
    chunk.open(6, 1);
    expect(chunk.keepStart(0)).toBe(true);
    expect(FakeHost.buffers.downstreamText()).toBe("held, ");
    expect(chunk.size).toBe(0);
  });

  it("has a place behind what is held for bytes that were kept back", () => {
    const chunk = downstream("held, new");
    chunk.open(6, 3);
    expect(chunk.insert(bytesOf("quite "))).toBe(true);
    expect(FakeHost.buffers.downstreamText()).toBe("held, quite new");
    expect(shown(chunk.bytes())).toBe("quite new");
    chunk.open(0, FakeHost.buffers.setDownstream("b"));
    expect(chunk.insert(bytesOf("a"))).toBe(true);
    expect(shown(chunk.bytes())).toBe("ab");
  });

  it("says when the proxy refuses an edit", () => {
    const chunk = downstream("a");
    FakeHost.buffers.isRefusing = true;
    expect(chunk.append(bytesOf("b"))).toBe(false);
    expect(chunk.insert(bytesOf("b"))).toBe(false);
    expect(chunk.keepStart(0)).toBe(false);
    expect(chunk.size).toBe(1);
    chunk.open(1, 0);
    expect(chunk.insert(bytesOf("b"))).toBe(false);
  });

  it("is fetched in the pieces there is memory for, when the budget is spent", () => {
    const size = 40 << 10;
    const chunk = downstream("x".repeat(size));
    Budget.limit = Budget.used;
    let fetched = 0;
    while (fetched < size) {
      const piece = chunk.slice(fetched, size);
      expect(piece.length).toBe(min(16 << 10, size - fetched));
      if (piece.length == 0) break;
      fetched += piece.length;
    }
    expect(FakeHost.buffers.fetches).toBe(3);
    expect(Faults.pending).toBe(0);
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("is fetched in pieces when it is large", () => {
    const chunk = downstream("x".repeat(MAX_FETCH + 10));
    expect(chunk.size).toBe(MAX_FETCH + 10);
    expect(chunk.bytes().length).toBe(MAX_FETCH);
    expect(chunk.slice(MAX_FETCH, chunk.size).length).toBe(10);
    expect(FakeHost.buffers.fetches).toBe(2);
  });

  it("keeps everything when what it keeps cannot be fetched", () => {
    const chunk = downstream("x".repeat(MAX_FETCH + 10));
    expect(chunk.keepStart(MAX_FETCH + 1)).toBe(false);
    chunk.open(MAX_FETCH + 1, 9);
    expect(chunk.keepStart(1)).toBe(false);
    expect(chunk.insert(bytesOf("a"))).toBe(false);
    expect(FakeHost.buffers.downstreamText().length).toBe(MAX_FETCH + 10);
  });

  it("holds only what the proxy gave", () => {
    const chunk = downstream("short");
    chunk.open(0, 100);
    expect(shown(chunk.bytes())).toBe("short");
    expect(shown(chunk.slice(3, 10))).toBe("rt");
    expect(chunk.slice(50, 10).length).toBe(0);
    expect(Faults.pending).toBe(0);
  });

  it("is empty, and a fault, when the proxy refuses", () => {
    const chunk = downstream("EHLO");
    FakeHost.buffers.isRefusing = true;
    expect(chunk.bytes().length).toBe(0);
    expect(Faults.pending).toBe(1 << (<i32>Fault.hostCall));
  });
});
