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
