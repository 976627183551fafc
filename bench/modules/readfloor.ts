// The read floor: fetch the bytes of every chunk into reusable scratch and do nothing with them.
// No filter that reads what passes can cost less.

import { BUFFER_DOWNSTREAM_DATA, BUFFER_UPSTREAM_DATA } from "../../assembly/abi/constants";
import { fetch } from "./scratch";

export * from "./bare";
export { malloc } from "./scratch";

export function proxy_on_configure(_root: i32, _size: i32): i32 {
  return 1;
}
export function proxy_on_downstream_data(_context: i32, size: i32, _endOfStream: i32): i32 {
  fetch(BUFFER_DOWNSTREAM_DATA, 0, size);
  return 0;
}
export function proxy_on_upstream_data(_context: i32, size: i32, _endOfStream: i32): i32 {
  fetch(BUFFER_UPSTREAM_DATA, 0, size);
  return 0;
}
