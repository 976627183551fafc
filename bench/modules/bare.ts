// Callbacks that have nothing to do, for modules that are written straight against the ABI, so that nothing of the SDK
// is measured.

import "../../assembly/runtime/abort";

/** Marks the ABI version; never called. */
export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_context_create(_context: i32, _parent: i32): void {}
export function proxy_on_vm_start(_root: i32, _size: i32): i32 {
  return 1;
}
export function proxy_on_new_connection(_context: i32): i32 {
  return 0;
}
export function proxy_on_downstream_connection_close(_context: i32, _peer: i32): void {}
export function proxy_on_upstream_connection_close(_context: i32, _peer: i32): void {}
export function proxy_on_done(_context: i32): i32 {
  return 1;
}
export function proxy_on_log(_context: i32): void {}
export function proxy_on_delete(_context: i32): void {}
