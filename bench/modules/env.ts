// The one host function the benchmark's modules use. The file's name is the import module's name.

/** Copies `length` bytes of a buffer into memory asked from `malloc`; stores where and how many. */
export declare function proxy_get_buffer_bytes(
  type: i32,
  start: i32,
  length: i32,
  pointerAt: usize,
  sizeAt: usize,
): i32;
