// Numbers of the Proxy-Wasm ABI 0.2.1 that cross the boundary.

/** What a host call returns. */
export const STATUS_OK: i32 = 0;
export const STATUS_NOT_FOUND: i32 = 1;
export const STATUS_BAD_ARGUMENT: i32 = 2;
export const STATUS_EMPTY: i32 = 7;
export const STATUS_CAS_MISMATCH: i32 = 8;
export const STATUS_INTERNAL_FAILURE: i32 = 10;
export const STATUS_UNIMPLEMENTED: i32 = 12;

/** What they are called, by number; "" where the ABI has none. */
export const STATUS_NAMES: string[] = [
  "ok",
  "not found",
  "bad argument",
  "serialization failure",
  "parse failure",
  "",
  "invalid memory access",
  "empty",
  "cas mismatch",
  "",
  "internal failure",
  "",
  "unimplemented",
];

/** What a data callback answers: bytes go on at once. */
export const ACTION_CONTINUE: i32 = 0;
/** What `on_new_connection` and `on_downstream_data` may answer besides: nothing goes on. */
export const ACTION_PAUSE: i32 = 1;

/** Buffers, for `proxy_get_buffer_bytes` and `proxy_set_buffer_bytes`. */
export const BUFFER_DOWNSTREAM_DATA: i32 = 2;
export const BUFFER_UPSTREAM_DATA: i32 = 3;
export const BUFFER_HTTP_RESPONSE: i32 = 4;
export const BUFFER_VM_CONFIGURATION: i32 = 6;
export const BUFFER_PLUGIN_CONFIGURATION: i32 = 7;

/** Header maps, for `proxy_get_header_map_value`. */
export const MAP_HTTP_RESPONSE_HEADERS: i32 = 6;

/** Streams, for `proxy_continue_stream` and `proxy_close_stream`. */
export const STREAM_DOWNSTREAM: i32 = 2;
export const STREAM_UPSTREAM: i32 = 3;

/** Metric types, for `proxy_define_metric`. */
export const METRIC_COUNTER: i32 = 0;
export const METRIC_GAUGE: i32 = 1;
export const METRIC_HISTOGRAM: i32 = 2;

/** Log levels, for `proxy_log`. */
export const LOG_TRACE: i32 = 0;
/** What helps somebody who looks into a problem. */
export const LOG_DEBUG: i32 = 1;
/** What an operator may want to know. */
export const LOG_INFO: i32 = 2;
/** What an operator should look at. */
export const LOG_WARN: i32 = 3;
/** What keeps the filter from working. */
export const LOG_ERROR: i32 = 4;
export const LOG_CRITICAL: i32 = 5;

/** WASI's clock that never goes back. */
export const CLOCK_MONOTONIC: i32 = 1;
