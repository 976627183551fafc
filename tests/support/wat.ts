import binaryen from "binaryen";
import { loadModule, type HostModule } from "../../host/index.ts";

/** What a hand-made module may import, by the short name its bodies call it by. */
const IMPORTS: Record<string, string> = {
  log: '(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))',
  define: '(import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))',
  increment: '(import "env" "proxy_increment_metric" (func $increment (param i32 i64) (result i32)))',
  record: '(import "env" "proxy_record_metric" (func $record (param i32 i64) (result i32)))',
  get_metric: '(import "env" "proxy_get_metric" (func $get_metric (param i32 i32) (result i32)))',
  get_buffer:
    '(import "env" "proxy_get_buffer_bytes" (func $get_buffer (param i32 i32 i32 i32 i32) (result i32)))',
  buffer_status:
    '(import "env" "proxy_get_buffer_status" (func $buffer_status (param i32 i32 i32) (result i32)))',
  set_buffer:
    '(import "env" "proxy_set_buffer_bytes" (func $set_buffer (param i32 i32 i32 i32 i32) (result i32)))',
  get_property:
    '(import "env" "proxy_get_property" (func $get_property (param i32 i32 i32 i32) (result i32)))',
  set_property:
    '(import "env" "proxy_set_property" (func $set_property (param i32 i32 i32 i32) (result i32)))',
  continue: '(import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))',
  close: '(import "env" "proxy_close_stream" (func $close (param i32) (result i32)))',
  tick: '(import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))',
  effective: '(import "env" "proxy_set_effective_context" (func $effective (param i32) (result i32)))',
  done: '(import "env" "proxy_done" (func $done (result i32)))',
  log_level: '(import "env" "proxy_get_log_level" (func $log_level (param i32) (result i32)))',
  wall: '(import "env" "proxy_get_current_time_nanoseconds" (func $wall (param i32) (result i32)))',
  clock: '(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))',
  fd_write:
    '(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))',
  http_call: imported("proxy_http_call", "http_call", 10),
  get_status: imported("proxy_get_status", "get_status", 3),
  map_value: imported("proxy_get_header_map_value", "map_value", 5),
  map_pairs: imported("proxy_get_header_map_pairs", "map_pairs", 3),
  map_size: imported("proxy_get_header_map_size", "map_size", 2),
  map_add: imported("proxy_add_header_map_value", "map_add", 5),
  get_shared: imported("proxy_get_shared_data", "get_shared", 5),
  set_shared: imported("proxy_set_shared_data", "set_shared", 5),
  register: imported("proxy_register_shared_queue", "register", 3),
  resolve: imported("proxy_resolve_shared_queue", "resolve", 5),
  enqueue: imported("proxy_enqueue_shared_queue", "enqueue", 3),
  dequeue: imported("proxy_dequeue_shared_queue", "dequeue", 3),
  foreign: imported("proxy_call_foreign_function", "foreign", 6),
  environ_sizes: imported("environ_sizes_get", "environ_sizes", 2, "wasi_snapshot_preview1"),
  environ: imported("environ_get", "environ", 2, "wasi_snapshot_preview1"),
  random: '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))',
};

function imported(name: string, short: string, parameters: number, from = "env"): string {
  return `(import "${from}" "${name}" (func $${short} (param ${"i32 ".repeat(parameters)}) (result i32)))`;
}

/** Where `$note` collects bytes until `$flush` logs them. */
const NOTES = 4096;

const BASE = `
  (memory (export "memory") 2)
  (func (export "proxy_abi_version_0_2_1"))
  (global $heap (mut i32) (i32.const 65536))
  (global $notes (mut i32) (i32.const ${NOTES}))
  (func $note (param $value i32)
    (i32.store8 (global.get $notes) (local.get $value))
    (global.set $notes (i32.add (global.get $notes) (i32.const 1))))
  (func $flush
    (drop (call $log (i32.const 2) (i32.const ${NOTES}) (i32.sub (global.get $notes) (i32.const ${NOTES}))))
    (global.set $notes (i32.const ${NOTES})))`;

const MALLOC = `
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.add (global.get $heap) (local.get $size)))
    (local.get $at))`;

/** Parts of a module that a test wants to write itself. */
export type Own = "malloc" | "everything";

/**
 * A small module from WebAssembly text. It has the ABI marker, memory, `malloc` and, of the host's functions, those that
 * the text calls. `$note` collects small numbers (0…127), `$flush` logs them: see {@link notesIn}.
 */
export function watModule(definitions: string, own?: Own): Promise<HostModule> {
  return loadModule(watBinary(definitions, own));
}

/** The bytes of such a module. */
export function watBinary(definitions: string, own?: Own): Uint8Array {
  const body =
    own === "everything" ? definitions : `${BASE} ${own === "malloc" ? "" : MALLOC} ${definitions}`;
  const used =
    own === "everything"
      ? []
      : Object.entries(IMPORTS).filter(([name]) => new RegExp(`\\(call \\$${name}\\b`).test(body));
  const module = binaryen.parseText(`(module ${used.map(([, text]) => text).join(" ")} ${body})`);
  try {
    module.setFeatures(binaryen.Features.All);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** A module that runs a body while it is configured, logs its notes and accepts. */
export function configuring(body: string, definitions = ""): Promise<HostModule> {
  return watModule(`${definitions}
    (func (export "proxy_on_configure") (param $root i32) (param $size i32) (result i32)
      ${body} (call $flush) (i32.const 1))`);
}

/** The numbers in a line that `$flush` logged. */
export function notesIn(line: string | undefined): number[] {
  return Array.from(line ?? "", (character) => character.charCodeAt(0));
}
