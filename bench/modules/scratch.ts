// One region for whatever the proxy hands out, grown when it is too small.

import { proxy_get_buffer_bytes } from "../../assembly/abi/env";

/** Where the proxy says what it gave: the address, and behind it how many bytes. */
export const returned: usize = memory.data(8);

let scratch: usize = 0;
let scratchSize: usize = 0;

/** Called by the host while it serves `proxy_get_buffer_bytes`. */
export function malloc(size: usize): usize {
  if (size > scratchSize) {
    if (scratch != 0) heap.free(scratch);
    scratch = heap.alloc(size);
    scratchSize = size;
  }
  return scratch;
}

/** Fetches `size` bytes of a buffer; nothing for none. */
export function fetch(type: i32, start: i32, size: i32): void {
  if (size > 0) proxy_get_buffer_bytes(type, start, size, returned, returned + 4);
}
