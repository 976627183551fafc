// Numbers of the Proxy-Wasm ABI that the TCP part uses (proxy-wasm/spec, abi-versions/v0.2.1).

/** What a host call returns. */
export const Status = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  serializationFailure: 3,
  parseFailure: 4,
  invalidMemoryAccess: 6,
  empty: 7,
  casMismatch: 8,
  internalFailure: 10,
  brokenConnection: 11,
  unimplemented: 12,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Which buffer `proxy_get_buffer_bytes` and its kin mean. */
export const BufferType = {
  httpRequestBody: 0,
  httpResponseBody: 1,
  downstreamData: 2,
  upstreamData: 3,
  httpCallResponseBody: 4,
  grpcReceive: 5,
  vmConfiguration: 6,
  pluginConfiguration: 7,
  callData: 8,
} as const;
export const MAX_BUFFER_TYPE = 8;

/** Which map `proxy_get_header_map_value` and its kin mean; of those, a TCP stream only ever has the last two. */
export const HeaderMapType = { httpCallResponseHeaders: 6, httpCallResponseTrailers: 7 } as const;
export const MAX_HEADER_MAP_TYPE = 7;

/** Which half of a stream `proxy_continue_stream` and `proxy_close_stream` mean. */
export const StreamType = { request: 0, response: 1, downstream: 2, upstream: 3 } as const;
export const MAX_STREAM_TYPE = 3;

/** Who closed, as the close callbacks are told. */
export const PEER = { unknown: 0, local: 1, remote: 2 } as const;
export type Peer = keyof typeof PEER;

/** Levels of `proxy_log`, by number. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "critical"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Kinds of metric, by number; the number is also in the two low bits of every metric id. */
export const METRIC_TYPES = ["counter", "gauge", "histogram"] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

/** What WASI functions return; only the numbers that Envoy uses. */
export const Errno = {
  success: 0,
  badf: 8,
  fault: 21,
  inval: 28,
  nosys: 52,
  notsup: 58,
  notcapable: 76,
} as const;
