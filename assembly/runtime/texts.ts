// Texts are two bytes a character in memory, with a header in front. The build ships them packed (tools/texts.mjs),
// and this puts them where the compiler would have; in a module that was not packed, by another build or in a unit
// spec, there is nothing to do. It has to run before anything else: nothing is imported here.

/** "packed texts at:", which the build looks for; from where to where they are, and where there is room to expand. */
const PLACE: usize = memory.data<u32>([0x6b636170, 0x74206465, 0x73747865, 0x3a746120, 0, 0, 0]);

/** From here on a byte is no character, but the first of two: a repetition, 3 bits of length, 12 of distance. */
const REPEAT: u32 = 128;
const LEAST_REPEAT: u32 = 3;

/** Behind a text. */
const END: u8 = 0x1f;
/** The next text is elsewhere: the number of its block follows, two times 7 bits. */
const ELSEWHERE: u8 = 0x1e;

/** Blocks begin at multiples of 16, plus 12. */
const FIRST_BLOCK: usize = 12;

/** What the runtime has in front of a text. */
const HEADER_BYTES: usize = 20;

unpack(load<u32>(PLACE + 16), load<u32>(PLACE + 20), load<u32>(PLACE + 24));

function unpack(start: usize, end: usize, room: usize): void {
  const expanded = expand(start, end, room);
  place(room, expanded);
  // As it was found: memory is full of zeros.
  memory.fill(start, 0, end - start);
  memory.fill(room, 0, expanded - room);
}

/** Writes out all repetitions; where that ends. */
function expand(start: usize, end: usize, into: usize): usize {
  let from = start;
  let to = into;
  while (from < end) {
    const byte = <u32>load<u8>(from++);
    if (byte < REPEAT) {
      store<u8>(to++, <u8>byte);
      continue;
    }
    const distance = <usize>(((byte & 15) << 8) | (<u32>load<u8>(from++))) + 1;
    for (let left = ((byte >> 4) & 7) + LEAST_REPEAT; left > 0; left--) {
      store<u8>(to, load<u8>(to - distance));
      to++;
    }
  }
  return to;
}

/** Puts each text into its place. */
function place(start: usize, end: usize): void {
  let block: usize = 0;
  let to: usize = 0;
  for (let from = start; from < end; from++) {
    const byte = load<u8>(from);
    if (byte == ELSEWHERE) {
      block = (((<usize>load<u8>(from + 1)) << 11) | ((<usize>load<u8>(from + 2)) << 4)) + FIRST_BLOCK;
      from += 2;
    } else if (byte == END) {
      const bytes = to - block - HEADER_BYTES;
      const size = (bytes + HEADER_BYTES + 15) & ~15;
      store<u32>(block, <u32>size - 4);
      store<u32>(block + 12, idof<string>());
      store<u32>(block + 16, <u32>bytes);
      block += size;
    } else {
      store<u16>(to, <u16>byte);
      to += 2;
      continue;
    }
    to = block + HEADER_BYTES;
  }
}
