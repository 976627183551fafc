// Packs the texts in a module's data: AssemblyScript keeps each with twenty bytes in front and two for a character,
// the module ships one byte for a character, and what repeats but once. assembly/runtime/texts.ts unpacks them before
// anything else runs, so that memory is what it would have been. Offsets into the code do not change.
import { DATA_COUNT_SECTION, DATA_SECTION, MEMORY_SECTION, number, Reader, rewritten } from "./wasm.mjs";

const PAGE_BYTES = 65_536;
/** The number of a block has 14 bits. */
const MOST_PAGES = 4;

/** What marks the place where the unpacker finds three addresses: from where to where the packed texts are, and room. */
const MARK = Buffer.from("packed texts at:");

/** A text in memory: its block's size, two words for the collector, the class, its length; then UTF-16. */
const HEADER_BYTES = 20;
const STRING_CLASS = 2;

/** Blocks begin at multiples of 16, plus 12. */
const BLOCK_BYTES = 16;
const FIRST_BLOCK = 12;

/** Behind a text; and in front of one that does not follow the one before: twice 7 bits, the number of its block. */
const END = 0x1f;
const ELSEWHERE = 0x1e;

/** A repetition: 1, 3 bits of length, 12 of distance. What is no repetition is a character of 7 bits. */
const REPEAT = 128;
const LEAST_REPEAT = 3;
const MOST_REPEAT = LEAST_REPEAT + 7;
const MAX_DISTANCE = 4_096;

/** Zeros that are cheaper to ship than another segment. */
const MAX_GAP = 8;

export function packTexts(module) {
  const { image, pages: least } = initialMemory(module);
  const mark = image.indexOf(MARK);
  if (mark < 0) return module;
  const texts = textsIn(image);
  const stream = streamOf(texts);
  const packed = compressed(stream);
  const needed = image.length + stream.length + packed.length;
  const pages = Math.max(least, Math.ceil(needed / PAGE_BYTES));
  // At the end of memory: nothing is there yet when they are unpacked.
  const at = pages * PAGE_BYTES - packed.length;
  const room = at - stream.length;
  const rest = without(image, texts);
  [at, at + packed.length, room].forEach((address, i) =>
    rest.writeUInt32LE(address, mark + MARK.length + 4 * i),
  );
  const segments = [...segmentsOf(rest), { at, bytes: packed }];
  return rewritten(module, (id, content) => {
    if (id === MEMORY_SECTION) return withPages(content, pages);
    if (id === DATA_SECTION) return dataSection(segments);
    // As long as it was, so that the code behind it stays where it is.
    return id === DATA_COUNT_SECTION ? number(segments.length, content.length) : undefined;
  });
}

/** What memory holds when the module starts, up to the last block of data, and how many pages it has. */
function initialMemory(module) {
  let pages = 0;
  const image = Buffer.alloc(MOST_PAGES * PAGE_BYTES);
  let end = 0;
  rewritten(module, (id, content) => {
    const reader = new Reader(content);
    if (id === MEMORY_SECTION) {
      reader.take(2);
      pages = reader.number();
    }
    if (id !== DATA_SECTION) return;
    for (let count = reader.number(); count > 0; count--) {
      reader.take(2); // active, in memory 0, at i32.const …
      const at = reader.number();
      reader.byte(); // end
      const bytes = reader.take(reader.number());
      end = Math.max(end, at + bytes.length);
      if (end > image.length) throw new Error(`static data beyond ${MOST_PAGES} pages of memory`);
      bytes.copy(image, at);
    }
  });
  return { image: image.subarray(0, (end + BLOCK_BYTES - 1) & -BLOCK_BYTES), pages };
}

/** The section of a memory that begins with so many pages. */
function withPages(content, pages) {
  const reader = new Reader(content, 2);
  reader.number();
  const width = reader.at - 2;
  return Buffer.concat([content.subarray(0, 2), number(pages, width), content.subarray(reader.at)]);
}

/** Texts of ASCII, in the order of memory. */
function textsIn(image) {
  const texts = [];
  let at = FIRST_BLOCK;
  while (at + HEADER_BYTES <= image.length) {
    const text = textAt(image, at);
    if (text !== undefined) texts.push({ at, text });
    at += text === undefined ? BLOCK_BYTES : 4 + blockSize(text.length * 2);
  }
  return texts;
}

function textAt(image, at) {
  const bytes = image.readUInt32LE(at + 16);
  if (at + HEADER_BYTES + bytes > image.length) return undefined;
  if (!header(bytes).equals(image.subarray(at, at + HEADER_BYTES))) return undefined;
  const text = image.toString("utf16le", at + HEADER_BYTES, at + HEADER_BYTES + bytes);
  return [...text].every((character) => isPlain(character.charCodeAt(0))) ? text : undefined;
}

function isPlain(code) {
  return code < REPEAT && code !== END && code !== ELSEWHERE;
}

/** What lies in front of a text of so many bytes. */
function header(bytes) {
  const words = Buffer.alloc(HEADER_BYTES);
  words.writeUInt32LE(blockSize(bytes), 0);
  words.writeUInt32LE(STRING_CLASS, 12);
  words.writeUInt32LE(bytes, 16);
  return words;
}

function blockSize(bytes) {
  return ((bytes + HEADER_BYTES + BLOCK_BYTES - 1) & -BLOCK_BYTES) - 4;
}

function streamOf(texts) {
  const parts = [];
  let expected = -1;
  for (const { at, text } of texts) {
    const block = (at - FIRST_BLOCK) / BLOCK_BYTES;
    if (at !== expected) parts.push(Buffer.from([ELSEWHERE, block >> 7, block & 127]));
    parts.push(Buffer.from(text, "latin1"), Buffer.from([END]));
    expected = at + 4 + blockSize(text.length * 2);
  }
  return Buffer.concat(parts);
}

/** As few bytes as repetitions can make of it. */
function compressed(stream) {
  const repeats = Array.from(stream, (_, at) => longestRepeat(stream, at));
  const costs = new Array(stream.length + 1).fill(0);
  const steps = new Array(stream.length).fill(1);
  for (let at = stream.length - 1; at >= 0; at--) {
    costs[at] = costs[at + 1] + 1;
    for (let length = LEAST_REPEAT; length <= repeats[at].length; length++) {
      if (costs[at + length] + 2 >= costs[at]) continue;
      costs[at] = costs[at + length] + 2;
      steps[at] = length;
    }
  }
  const bytes = [];
  for (let at = 0; at < stream.length; at += steps[at]) {
    const back = repeats[at].distance - 1;
    if (steps[at] === 1) bytes.push(stream[at]);
    else bytes.push(REPEAT | ((steps[at] - LEAST_REPEAT) << 4) | (back >> 8), back & 255);
  }
  return Buffer.from(bytes);
}

/** Where the longest piece of what follows `at` already stands before it. */
function longestRepeat(stream, at) {
  const best = { length: 0, distance: 0 };
  for (let from = Math.max(0, at - MAX_DISTANCE); from < at; from++) {
    let length = 0;
    while (
      length < MOST_REPEAT &&
      at + length < stream.length &&
      stream[from + length] === stream[at + length]
    )
      length++;
    if (length > best.length) Object.assign(best, { length, distance: at - from });
  }
  return best;
}

function without(image, texts) {
  const rest = Buffer.from(image);
  for (const { at, text } of texts) rest.fill(0, at, at + HEADER_BYTES + text.length * 2);
  return rest;
}

/** What is not 0, in pieces. */
function segmentsOf(image) {
  const segments = [];
  let at = 0;
  while (at < image.length) {
    if (image[at] === 0) {
      at++;
      continue;
    }
    let end = at + 1;
    for (let i = end; i < image.length && i < end + MAX_GAP; i++) if (image[i] !== 0) end = i + 1;
    segments.push({ at, bytes: image.subarray(at, end) });
    at = end;
  }
  return segments;
}

function dataSection(segments) {
  const parts = [number(segments.length)];
  for (const { at, bytes } of segments) {
    // active, in memory 0, at `i32.const at` (signed: one bit more)
    parts.push(Buffer.from([0, 0x41]), signed(at), Buffer.from([0x0b]), number(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

/** LEB128, signed, of a number that is not negative. */
function signed(value) {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x40; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
