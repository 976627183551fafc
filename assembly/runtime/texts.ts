// Texts are two bytes a character in memory, with twenty bytes in front. The build ships them packed
// (tools/texts.mjs), and this puts them where the compiler would have; in a module that was not packed, by another
// build or in a unit spec, there is nothing to do. It has to run before anything else: nothing is imported here.

/** "packed texts at:", which the build looks for; then from where to where they are. */
const PLACE: usize = memory.data<u32>([0x6b636170, 0x74206465, 0x73747865, 0x3a746120, 0, 0]);

/** A length that is none: where the next text lies follows, in two bytes. */
const ELSEWHERE: u32 = 255;

/** What the runtime has in front of a text. */
const HEADER_BYTES: usize = 20;

unpack(load<u32>(PLACE + 16), load<u32>(PLACE + 20));

function unpack(start: usize, end: usize): void {
  let to: usize = 0;
  let from = start;
  while (from < end) {
    const length = <u32>load<u8>(from++);
    if (length == ELSEWHERE) {
      to = <usize>load<u16>(from);
      from += 2;
      continue;
    }
    const size = ((length << 1) + 35) & ~15;
    store<u32>(to, size - 4);
    store<u32>(to + 12, idof<string>());
    store<u32>(to + 16, length << 1);
    for (let i: usize = 0; i < <usize>length; i++) {
      store<u16>(to + HEADER_BYTES + (i << 1), <u16>load<u8>(from + i));
    }
    to += <usize>size;
    from += <usize>length;
  }
  memory.fill(start, 0, end - start); // as it was found: memory is full of zeros
}
