// The read floor: fetch the bytes of every chunk into reusable scratch and do nothing with them.
// No filter that reads what passes can cost less. Written straight against the ABI.

import "../../assembly/runtime/abort";
import { proxy_get_buffer_bytes } from "./env";

const DOWNSTREAM_DATA = 2;
const UPSTREAM_DATA = 3;

let scratch: usize = 0;
let scratchSize: usize = 0;
const returned: usize = memory.data(8);

/** Marks the ABI version; never called. */
export function proxy_abi_version_0_2_1(): void {}

/** Called by the host while it serves `proxy_get_buffer_bytes`: hands out the one scratch region, grown when it is too small. */
export function malloc(size: usize): usize {
  if (size > scratchSize) {
    if (scratch != 0) heap.free(scratch);
    scratch = heap.alloc(size);
    scratchSize = size;
  }
  return scratch;
}

function fetch(type: i32, size: i32): void {
  if (size > 0) proxy_get_buffer_bytes(type, 0, size, returned, returned + 4);
}

export function proxy_on_context_create(_context: i32, _parent: i32): void {}
export function proxy_on_vm_start(_root: i32, _size: i32): i32 {
  return 1;
}
export function proxy_on_configure(_root: i32, _size: i32): i32 {
  return 1;
}
export function proxy_on_new_connection(_context: i32): i32 {
  return 0;
}
export function proxy_on_downstream_data(_context: i32, size: i32, _endOfStream: i32): i32 {
  fetch(DOWNSTREAM_DATA, size);
  return 0;
}
export function proxy_on_upstream_data(_context: i32, size: i32, _endOfStream: i32): i32 {
  fetch(UPSTREAM_DATA, size);
  return 0;
}
export function proxy_on_downstream_connection_close(_context: i32, _peer: i32): void {}
export function proxy_on_upstream_connection_close(_context: i32, _peer: i32): void {}
export function proxy_on_done(_context: i32): i32 {
  return 1;
}
export function proxy_on_log(_context: i32): void {}
export function proxy_on_delete(_context: i32): void {}
