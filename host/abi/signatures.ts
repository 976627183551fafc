// The functions that Envoy offers to a module and those it looks for in one, with their types.
// A type is written as wasm prints it: "i32 i64 -> i32".

const I = "i32";
const i32s = (n: number): string => (n === 0 ? "void" : Array<string>(n).fill(I).join(" "));
const status = (parameters: number): string => `${i32s(parameters)} -> i32`;
const nothing = (parameters: number): string => `${i32s(parameters)} -> void`;

/** ABI versions by the marker a module exports, in the order in which it does not matter: the first export found wins. */
export const ABI_MARKERS = [
  "proxy_abi_version_0_1_0",
  "proxy_abi_version_0_2_0",
  "proxy_abi_version_0_2_1",
] as const;
export type AbiMarker = (typeof ABI_MARKERS)[number];

const COMMON: Record<string, string> = {
  log: status(3),
  get_status: status(3),
  set_property: status(4),
  get_property: status(4),
  send_local_response: status(8),
  get_shared_data: status(5),
  set_shared_data: status(5),
  register_shared_queue: status(3),
  resolve_shared_queue: status(5),
  dequeue_shared_queue: status(3),
  enqueue_shared_queue: status(3),
  get_header_map_value: status(5),
  add_header_map_value: status(5),
  replace_header_map_value: status(5),
  remove_header_map_value: status(3),
  get_header_map_pairs: status(3),
  set_header_map_pairs: status(3),
  get_header_map_size: status(2),
  get_buffer_status: status(3),
  get_buffer_bytes: status(5),
  set_buffer_bytes: status(5),
  http_call: status(10),
  grpc_call: status(12),
  grpc_stream: status(9),
  grpc_close: status(1),
  grpc_cancel: status(1),
  grpc_send: status(4),
  set_tick_period_milliseconds: status(1),
  get_current_time_nanoseconds: status(1),
  define_metric: status(4),
  increment_metric: "i32 i64 -> i32",
  record_metric: "i32 i64 -> i32",
  get_metric: status(2),
  set_effective_context: status(1),
  done: status(0),
  call_foreign_function: status(6),
};

const BY_ABI: Record<AbiMarker, Record<string, string>> = {
  proxy_abi_version_0_1_0: {
    get_configuration: status(2),
    continue_request: status(0),
    continue_response: status(0),
    clear_route_cache: status(0),
  },
  proxy_abi_version_0_2_0: { continue_stream: status(1), close_stream: status(1) },
  proxy_abi_version_0_2_1: { continue_stream: status(1), close_stream: status(1), get_log_level: status(1) },
};

const WASI: Record<string, string> = {
  fd_write: status(4),
  fd_read: status(4),
  fd_seek: "i32 i64 i32 i32 -> i32",
  fd_close: status(1),
  fd_fdstat_get: status(2),
  fd_fdstat_set_flags: status(2),
  fd_prestat_get: status(2),
  fd_prestat_dir_name: status(3),
  path_open: "i32 i32 i32 i32 i32 i64 i64 i32 i32 -> i32",
  environ_get: status(2),
  environ_sizes_get: status(2),
  args_get: status(2),
  args_sizes_get: status(2),
  clock_time_get: "i32 i64 i32 -> i32",
  random_get: status(2),
  sched_yield: status(0),
  poll_oneoff: status(4),
  proc_exit: nothing(1),
};

/** Every import that Envoy can satisfy for a module of this ABI: `module.name` → type. */
export function hostFunctions(abi: AbiMarker): Map<string, string> {
  const all = new Map<string, string>();
  for (const functions of [COMMON, BY_ABI[abi]]) {
    for (const [name, type] of Object.entries(functions)) all.set(`env.proxy_${name}`, type);
  }
  all.set("env.pthread_equal", status(2));
  all.set("env.emscripten_notify_memory_growth", nothing(1));
  all.set("env.envoy_resolve_dns", status(3));
  for (const [name, type] of Object.entries(WASI)) {
    all.set(`wasi_snapshot_preview1.${name}`, type);
    all.set(`wasi_unstable.${name}`, type);
  }
  return all;
}

/** Exports that Envoy looks for and the type each must have; a wrong type refuses the module. */
export const MODULE_FUNCTIONS: Record<string, string> = {
  _initialize: nothing(0),
  _start: nothing(0),
  main: status(2),
  malloc: status(1),
  proxy_on_memory_allocate: status(1),
  proxy_on_context_create: nothing(2),
  proxy_on_vm_start: status(2),
  proxy_on_configure: status(2),
  proxy_validate_configuration: status(2),
  proxy_on_tick: nothing(1),
  proxy_on_new_connection: status(1),
  proxy_on_downstream_data: status(3),
  proxy_on_upstream_data: status(3),
  proxy_on_downstream_connection_close: nothing(2),
  proxy_on_upstream_connection_close: nothing(2),
  proxy_on_done: status(1),
  proxy_on_log: nothing(1),
  proxy_on_delete: nothing(1),
  proxy_on_queue_ready: nothing(2),
  proxy_on_http_call_response: nothing(5),
  proxy_on_foreign_function: nothing(3),
};

/** Host functions a module may call while `_initialize` runs; any other traps `restricted_callback`. */
export const ALLOWED_IN_INITIALIZE: ReadonlySet<string> = new Set([
  "env.proxy_log",
  ...wasi(
    "fd_write args_sizes_get args_get environ_sizes_get environ_get fd_prestat_get fd_prestat_dir_name " +
      "fd_fdstat_get fd_fdstat_set_flags path_open clock_time_get random_get poll_oneoff sched_yield proc_exit",
  ),
]);

/** Host functions a module may call while the host asks it for memory. */
export const ALLOWED_IN_MALLOC: ReadonlySet<string> = new Set([
  "env.proxy_log",
  ...wasi("fd_write clock_time_get poll_oneoff"),
]);

function wasi(names: string): string[] {
  return names.split(" ").flatMap((name) => [`wasi_snapshot_preview1.${name}`, `wasi_unstable.${name}`]);
}
