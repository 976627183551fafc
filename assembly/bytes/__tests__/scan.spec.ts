import { indexOf, indexOfLineFeed } from "../scan";

const ROOM: i32 = 128;
const room = heap.alloc(<usize>ROOM);

/** Where the first `byte` lies in the part [from, to) of the room. */
function found(byte: u8, from: i32, to: i32): i32 {
  return <i32>(indexOf(byte, room + <usize>from, room + <usize>to) - room);
}

describe("indexOf", () => {
  beforeEach(() => {
    memory.fill(room, 0x78, <usize>ROOM);
  });

  it("finds a byte at every place, for every length", () => {
    for (let at = 0; at < 70; at++) {
      memory.fill(room, 0x78, <usize>ROOM);
      store<u8>(room + <usize>at, 0x3a);
      for (let to = at + 1; to < 90; to++) expect(found(0x3a, 0, to)).toBe(at);
      for (let from = 0; from <= at; from++) expect(found(0x3a, from, 100)).toBe(at);
    }
  });

  it("finds the first of several", () => {
    store<u8>(room + 20, 0);
    store<u8>(room + 21, 0);
    store<u8>(room + 50, 0);
    expect(found(0, 0, 128)).toBe(20);
    expect(found(0, 21, 128)).toBe(21);
    expect(found(0, 22, 128)).toBe(50);
  });

  it("gives the end where there is none, and does not look beyond", () => {
    for (let to = 0; to < 70; to++) {
      memory.fill(room, 0x78, <usize>ROOM);
      store<u8>(room + <usize>to, 0xff);
      expect(found(0xff, 0, to)).toBe(to);
    }
    expect(found(0xff, 5, 5)).toBe(5);
  });
});

describe("indexOfLineFeed", () => {
  it("finds LF", () => {
    memory.fill(room, 0x0d, <usize>ROOM);
    store<u8>(room + 33, 0x0a);
    expect(<i32>(indexOfLineFeed(room, room + 100) - room)).toBe(33);
    expect(<i32>(indexOfLineFeed(room, room + 33) - room)).toBe(33);
  });
});
