import type { Case } from "../case.ts";
import type { FastRandom } from "../random.ts";
import { element, type Elements, integer, uint } from "./ber.ts";
import { wrapped } from "./layers.ts";

/** First octets of elements that mean something to LDAP, and some that never do. */
export const TAGS = [
  ...[0x01, 0x02, 0x04, 0x05, 0x0a, 0x24, 0x30, 0x31, 0x80, 0x81, 0x82, 0x83, 0x85, 0x87, 0x8a, 0x8b, 0x89],
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa8, 0xa9, 0x60, 0x61, 0x42, 0x62, 0x63, 0x64, 0x65, 0x66],
  ...[0x67, 0x68, 0x69, 0x4a, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x50, 0x70, 0x73, 0x77, 0x78, 0x79, 0x7a],
  ...[0x1f, 0x3f, 0x5f, 0x7f, 0x9f, 0xbf, 0x00, 0xff, 0x16, 0x14, 0x47],
];

/** Numbers at which something is decided: message IDs, result codes, versions, page sizes. */
const NUMBERS: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 4n, 7n, 9n, 10n, 14n, 32n, 49n, 52n, 53n, 80n, 81n, 112n, 113n, 118n, 127n, 128n],
  ...[
    255n,
    256n,
    4096n,
    16654n,
    65535n,
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 32n + 1n,
  ],
  ...[
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n,
    2n ** 64n + 1n,
    -1n,
    -2n,
    -128n,
    -129n,
    -(2n ** 31n),
    -(2n ** 63n),
  ],
];

/** What a length may say that is none, or none that anybody would write: the octets behind the tag. */
const LENGTHS: readonly (readonly number[])[] = [
  ...[
    [0x80],
    [0xff],
    [0x85, 0, 0, 0, 0, 1],
    [0x88, 0x80, 0, 0, 0, 0, 0, 0, 0],
    [0x81, 0],
    [0x84, 0, 0, 0, 0],
  ],
  ...[
    [0x84, 0x7f, 0xff, 0xff, 0xff],
    [0x84, 0x80, 0, 0, 0],
    [0x84, 0xff, 0xff, 0xff, 0xff],
    [0x81, 0xff],
  ],
  ...[
    [0x84, 0xff, 0xff, 0xff, 0xfb],
    [0x84, 0x04, 0, 0, 0],
    [0x84, 0x04, 0, 0, 1],
    [0x82, 0x10, 0x01],
  ],
  ...[[0x84, 0x20, 0, 0, 0], [0x84, 0x3f, 0xff, 0xff, 0xff], [0x84, 0x40, 0, 0, 0], [0], [1], [0x7f]],
];

/** Longest value that is made, longest list, and deepest nest. */
const MAX_VALUE_BITS = 15;
const MAX_COPIES_BITS = 9;
const MAX_NEST_BITS = 8;

/** Longest replacement: what grows by copies of copies has an end. */
const MAX_INSERT = 20_000;

/** What lists, nests and texts are made of again and again. */
const WRAPPERS = [0x30, 0xa0, 0xa1, 0xa2, 0xa3, 0x04, 0x24, 0x31, 0x63];

const NOTHING = new Uint8Array(0);

/** Changes LDAP by its elements. `pool`: elements of other conversations. */
export class Changer {
  private readonly pool: readonly Uint8Array[];
  private readonly messages: readonly Uint8Array[];

  constructor(pool: readonly Uint8Array[], messages: readonly Uint8Array[]) {
    this.pool = pool;
    this.messages = messages;
  }

  /** Adds what was read as `elements`, of which there is at least one, with one change. */
  change(random: FastRandom, elements: Elements, into: Case): void {
    const place = this.choose(random, elements);
    // Mostly what is around it is put right, so that the change is met and not its surroundings.
    const keepsLengths = random.chance(15);
    const [start, end] = [elements.starts[place] ?? 0, elements.ends[place] ?? 0];
    const parent = elements.parents[place] ?? -1;
    const put = (from: number, until: number, bytes: Uint8Array): void =>
      elements.splice(parent, from, until, bytes.subarray(0, MAX_INSERT), keepsLengths, into);
    switch (random.below(13)) {
      case 0:
        put(start, start + 1, Uint8Array.of(this.tag(random, elements.of(place)[0] ?? 0)));
        return;
      case 1:
      case 2:
        put(start + 1, elements.values[place] ?? 0, this.length(random, elements, place));
        return;
      case 3:
        put(start, end, nested(random, elements.of(place)));
        return;
      case 4:
        put(end, end, repeated(random, elements.of(place)));
        return;
      case 5:
        put(start, end, NOTHING);
        return;
      case 6:
        this.swap(elements, place, put);
        return;
      case 7:
        put(start, end, random.pick(this.pool));
        return;
      case 8:
        put(random.chance(50) ? start : end, start, random.pick(this.pool));
        return;
      case 9:
        put(start, end, this.value(random, elements.of(place)[0] ?? 0));
        return;
      case 10:
        put(start, end, integer(random.pick(NUMBERS), elements.of(place)[0] ?? 0));
        return;
      case 11:
        this.identify(random, elements, place, keepsLengths, into);
        return;
      default:
        this.whole(random, elements, place, keepsLengths, into);
    }
  }

  /** Any element, outer ones more often than by their number. */
  private choose(random: FastRandom, elements: Elements): number {
    return random.below(random.chance(30) ? Math.min(elements.count, 4) : elements.count);
  }

  private tag(random: FastRandom, tag: number): number {
    return random.chance(70) ? random.pick(TAGS) : tag ^ (1 << random.below(8));
  }

  /** Another length, or the same one told in more octets. */
  private length(random: FastRandom, elements: Elements, place: number): Uint8Array {
    const length = (elements.ends[place] ?? 0) - (elements.values[place] ?? 0);
    if (elements.isBuffer(place)) return uint(Math.max(0, length + random.below(9) - 4), 3);
    switch (random.below(6)) {
      case 0:
        return Uint8Array.from(random.pick(LENGTHS));
      case 1:
        return Uint8Array.of(0x84, ...uint(length, 4));
      case 2:
        return Uint8Array.of(0x81 + random.below(4), ...uint(length, 1 + random.below(5)));
      case 3:
        return Uint8Array.of((length + (random.chance(50) ? 1 : -1)) & 0xff);
      case 4:
        return Uint8Array.of(0x82, ...uint(Math.max(0, length + random.below(41) - 20), 2));
      default:
        return Uint8Array.of(random.below(0x80));
    }
  }

  private value(random: FastRandom, tag: number): Uint8Array {
    const bytes = new Uint8Array(random.below(1 << random.below(MAX_VALUE_BITS)));
    if (random.chance(50)) bytes.fill(random.below(256));
    else for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
    return element(tag, [bytes], random.chance(10) ? 4 : 0);
  }

  private swap(
    elements: Elements,
    place: number,
    put: (from: number, until: number, bytes: Uint8Array) => void,
  ): void {
    const next = elements.nextOf(place);
    const [start, end] = [elements.starts[place] ?? 0, elements.ends[place] ?? 0];
    if (next < 0) put(start, end, elements.of(Math.max(0, place - 1)));
    else put(start, elements.ends[next] ?? 0, Buffer.concat([elements.of(next), elements.of(place)]));
  }

  /** Another message ID. */
  private identify(
    random: FastRandom,
    elements: Elements,
    place: number,
    keepsLengths: boolean,
    into: Case,
  ): void {
    let message = place;
    while (message >= 0 && !elements.isMessage(message)) message = elements.parents[message] ?? -1;
    const id = message < 0 ? -1 : elements.firstOf(message);
    const fresh = random.chance(50) ? BigInt(random.below(9)) : random.pick(NUMBERS);
    const target = id < 0 ? place : id;
    const [start, end] = [elements.starts[target] ?? 0, elements.ends[target] ?? 0];
    elements.splice(elements.parents[target] ?? -1, start, end, integer(fresh), keepsLengths, into);
  }

  /** What is about whole messages: another one in front, behind or instead, or a SASL buffer around. */
  private whole(
    random: FastRandom,
    elements: Elements,
    place: number,
    keepsLengths: boolean,
    into: Case,
  ): void {
    let root = place;
    for (let at = place; at >= 0; at = elements.parents[at] ?? -1) if (elements.isMessage(at)) root = at;
    const [start, end] = [elements.starts[root] ?? 0, elements.ends[root] ?? 0];
    const parent = elements.parents[root] ?? -1;
    const put = (from: number, until: number, bytes: Uint8Array): void =>
      elements.splice(parent, from, until, bytes, keepsLengths, into);
    switch (random.below(5)) {
      case 0:
        put(start, end, random.pick(this.messages));
        return;
      case 1:
        put(end, end, random.pick(this.messages));
        return;
      case 2:
        put(start, start, random.pick(this.messages));
        return;
      case 3:
        put(start, end, wrapped(random, elements.of(root)));
        return;
      default:
        put(end, end, repeated(random, elements.of(root)));
    }
  }
}

/** An element inside of others, some of them of no use to anybody. */
function nested(random: FastRandom, bytes: Uint8Array): Uint8Array {
  const levels = 1 + random.below(1 << random.below(MAX_NEST_BITS));
  const tag = random.chance(60) ? random.pick(WRAPPERS) : random.pick(TAGS);
  const octets = random.chance(20) ? 4 : 0;
  let inner: Uint8Array = bytes;
  for (let i = 0; i < levels && inner.length < MAX_INSERT; i++)
    inner = element(random.chance(90) ? tag : random.pick(WRAPPERS), [inner], octets);
  return inner;
}

/** The same again and again. */
function repeated(random: FastRandom, bytes: Uint8Array): Uint8Array {
  const times = 1 + random.below(1 << random.below(MAX_COPIES_BITS));
  const most = Math.max(1, Math.floor(MAX_INSERT / Math.max(1, bytes.length)));
  return Buffer.concat(Array<Uint8Array>(Math.min(times, most)).fill(bytes));
}
