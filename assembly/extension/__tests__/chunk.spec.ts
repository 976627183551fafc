import { Budget, DEFAULT_MEMORY_BYTES } from "../../bytes/budget";
import { BUFFER_DOWNSTREAM_DATA, BUFFER_UPSTREAM_DATA } from "../../abi/constants";
import { Slice } from "../../bytes/slice";
import { Fault, Faults } from "../../host/faults";
import { MAX_FETCH } from "../../host/scratch";
import { FakeHost } from "../../testing";
import { Chunk } from "../chunk";

function shown(slice: Slice): string {
  return String.UTF8.decodeUnsafe(slice.start, slice.length);
}

/** The chunk of a downstream callback that brings `text`. */
function downstream(text: string): Chunk {
  const chunk = new Chunk();
  chunk.open(BUFFER_DOWNSTREAM_DATA, FakeHost.buffers.setDownstream(text));
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
    chunk.open(BUFFER_DOWNSTREAM_DATA, -5);
    expect(chunk.size).toBe(0);
  });

  it("is opened anew for each callback", () => {
    const chunk = downstream("client");
    chunk.bytes();
    chunk.open(BUFFER_UPSTREAM_DATA, FakeHost.buffers.setUpstream("server"));
    expect(shown(chunk.bytes())).toBe("server");
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

  it("holds only what the proxy gave", () => {
    const chunk = downstream("short");
    chunk.open(BUFFER_DOWNSTREAM_DATA, 100);
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
