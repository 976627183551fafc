// What the proxy offers in the import module `env` (the module is named after this file). Proxy-Wasm ABI 0.2.1.
// Every function returns a status code (constants.ts).

export declare function proxy_log(level: i32, text: usize, size: usize): i32;
export declare function proxy_get_log_level(level: usize): i32;

export declare function proxy_get_property(path: usize, size: usize, value: usize, valueSize: usize): i32;
export declare function proxy_set_property(path: usize, size: usize, value: usize, valueSize: usize): i32;

export declare function proxy_get_buffer_bytes(
  type: i32,
  start: i32,
  length: i32,
  bytes: usize,
  size: usize,
): i32;

export declare function proxy_define_metric(type: i32, name: usize, size: usize, id: usize): i32;
export declare function proxy_increment_metric(id: u32, offset: i64): i32;
export declare function proxy_record_metric(id: u32, value: i64): i32;

export declare function proxy_get_current_time_nanoseconds(time: usize): i32;
export declare function proxy_set_tick_period_milliseconds(period: i32): i32;

export declare function proxy_continue_stream(type: i32): i32;
export declare function proxy_close_stream(type: i32): i32;

/** Replaces `length` bytes from `start` on by `value`; the proxy knows only the front, the whole and the end. */
export declare function proxy_set_buffer_bytes(
  type: i32,
  start: i32,
  length: i32,
  value: usize,
  size: usize,
): i32;

/** From here on host calls are about the context `context`. */
export declare function proxy_set_effective_context(context: u32): i32;

export declare function proxy_http_call(
  cluster: usize,
  clusterSize: usize,
  headers: usize,
  headersSize: usize,
  body: usize,
  bodySize: usize,
  trailers: usize,
  trailersSize: usize,
  timeoutMilliseconds: u32,
  token: usize,
): i32;
export declare function proxy_get_header_map_value(
  type: i32,
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
): i32;

export declare function proxy_get_shared_data(
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
  cas: usize,
): i32;
export declare function proxy_set_shared_data(
  key: usize,
  keySize: usize,
  value: usize,
  valueSize: usize,
  cas: u32,
): i32;

export declare function proxy_register_shared_queue(name: usize, nameSize: usize, queue: usize): i32;
export declare function proxy_resolve_shared_queue(
  vm: usize,
  vmSize: usize,
  name: usize,
  nameSize: usize,
  queue: usize,
): i32;
export declare function proxy_enqueue_shared_queue(queue: u32, value: usize, size: usize): i32;
export declare function proxy_dequeue_shared_queue(queue: u32, value: usize, size: usize): i32;

export declare function proxy_call_foreign_function(
  name: usize,
  nameSize: usize,
  argument: usize,
  argumentSize: usize,
  result: usize,
  resultSize: usize,
): i32;

export declare function proxy_get_metric(id: u32, value: usize): i32;
