import {
  BufferType,
  LOG_LEVELS,
  MAX_BUFFER_TYPE,
  MAX_STREAM_TYPE,
  Status,
  StreamType,
} from "../abi/constants.ts";
import type { Instance } from "./instance.ts";
import { FILTER_STATE_PREFIX } from "./properties.ts";

/** The functions of module `env`, each with the name it is imported by. What has no place in a TCP stream says so. */
export function proxyFunctions(vm: Instance): Record<string, unknown> {
  return {
    ...loggingAndTime(vm),
    ...metrics(vm),
    ...buffers(vm),
    ...properties(vm),
    ...streams(vm),
    ...absent(vm),
    pthread_equal: (left: number, right: number): number => (left === right ? 1 : 0),
    emscripten_notify_memory_growth: () => undefined,
  };
}

function loggingAndTime(vm: Instance) {
  return {
    proxy_log: (level: number, pointer: number, size: number): number => {
      const name = LOG_LEVELS[level >>> 0];
      if (name === undefined) return misuse(vm, `proxy_log level ${level}`);
      const text = vm.memory.text(pointer, size);
      if (text === undefined) return outOfMemory(vm, "proxy_log");
      if (level >= vm.options.logLevel) vm.options.log(name, text);
      return Status.ok;
    },
    proxy_get_log_level: (to: number): number => written(vm, vm.memory.writeU32(to, vm.options.logLevel)),
    proxy_get_current_time_nanoseconds: (to: number): number =>
      written(vm, vm.memory.writeU64(to, vm.options.clock.wall())),
    proxy_set_tick_period_milliseconds: (period: number): number => {
      const { root } = vm.context;
      root.tickPeriod = period >>> 0;
      vm.options.onTickPeriod(root);
      return Status.ok;
    },
  };
}

function metrics(vm: Instance) {
  return {
    proxy_define_metric: (type: number, pointer: number, size: number, to: number): number => {
      const name = vm.memory.text(pointer, size);
      if (name === undefined) return outOfMemory(vm, "proxy_define_metric");
      const { root } = vm.context;
      const id = vm.metrics.define(type, name, { root: root.id, configuring: root.configuring });
      if (id === undefined) return misuse(vm, `proxy_define_metric type ${type}`);
      return written(vm, vm.memory.writeU32(to, id));
    },
    proxy_increment_metric: (id: number, offset: bigint): number => vm.metrics.increment(id >>> 0, offset),
    proxy_record_metric: (id: number, value: bigint): number => vm.metrics.record(id >>> 0, value),
    proxy_get_metric: (id: number, to: number): number => {
      const value = vm.metrics.get(id >>> 0);
      return typeof value === "bigint" ? written(vm, vm.memory.writeU64(to, value)) : value;
    },
  };
}

function buffers(vm: Instance) {
  const find = (type: number): Uint8Array | Status => {
    if (type >>> 0 > MAX_BUFFER_TYPE) return misuse(vm, `buffer type ${type}`);
    const { context } = vm;
    if (isStreamData(type) && context.editable(type) === undefined) {
      vm.flag("buffer_unavailable", `buffer ${type} outside its callback`);
    }
    const bytes = context.buffer(type, vm.options.vmConfiguration());
    if (bytes !== undefined) return bytes;
    vm.flag("buffer_unavailable", `buffer ${type} does not exist here`);
    return Status.notFound;
  };
  return {
    proxy_get_buffer_status: (type: number, lengthTo: number, flagsTo: number): number => {
      const bytes = find(type);
      if (typeof bytes === "number") return bytes;
      return written(vm, vm.memory.writeU32(lengthTo, bytes.length) && vm.memory.writeU32(flagsTo, 0));
    },
    proxy_get_buffer_bytes: (
      type: number,
      start: number,
      length: number,
      pointerTo: number,
      sizeTo: number,
    ): number => {
      const bytes = find(type);
      if (typeof bytes === "number") return bytes;
      // The host adds with 64 bits: nothing overflows, whatever is too much is cut.
      const range = bytes.subarray(start >>> 0, (start >>> 0) + (length >>> 0));
      return written(vm, vm.copyOut(range, pointerTo, sizeTo));
    },
    proxy_set_buffer_bytes: (
      type: number,
      start: number,
      length: number,
      pointer: number,
      size: number,
    ): number => {
      const bytes = find(type);
      if (typeof bytes === "number") return bytes;
      const data = vm.memory.slice(pointer, size);
      if (data === undefined) return outOfMemory(vm, "proxy_set_buffer_bytes");
      const status = vm.context.editable(type)?.edit(start >>> 0, length >>> 0, data) ?? Status.badArgument;
      if (status !== Status.ok) vm.flag("buffer_edit", `buffer ${type} start ${start >>> 0}: not at an end`);
      return status;
    },
  };
}

function properties(vm: Instance) {
  return {
    proxy_get_property: (path: number, pathSize: number, pointerTo: number, sizeTo: number): number => {
      const text = vm.memory.text(path, pathSize);
      if (text === undefined) return outOfMemory(vm, "proxy_get_property");
      const { context } = vm;
      const value = context.properties.find(text) ?? context.root.properties.find(text);
      if (value === undefined) return Status.notFound;
      return written(vm, vm.copyOut(value, pointerTo, sizeTo));
    },
    proxy_set_property: (key: number, keySize: number, pointer: number, size: number): number => {
      const name = vm.memory.text(key, keySize);
      const value = vm.memory.slice(pointer, size);
      if (name === undefined || value === undefined) return outOfMemory(vm, "proxy_set_property");
      const { context } = vm;
      // A root has no connection whose filter state it could be.
      if (context.control === undefined) return Status.notFound;
      context.properties.filterState.set(FILTER_STATE_PREFIX + name, Uint8Array.from(value));
      return Status.ok;
    },
  };
}

function streams(vm: Instance) {
  return {
    proxy_continue_stream: (stream: number): number => {
      if (stream >>> 0 > MAX_STREAM_TYPE) return misuse(vm, `proxy_continue_stream ${stream}`);
      if (stream === StreamType.upstream) return Status.unimplemented;
      const { control } = vm.context;
      if (stream === StreamType.downstream && control !== undefined)
        vm.defer(() => control.continueDownstream());
      return Status.ok;
    },
    proxy_close_stream: (stream: number): number => {
      if (stream >>> 0 > MAX_STREAM_TYPE) return misuse(vm, `proxy_close_stream ${stream}`);
      const { control } = vm.context;
      if (control === undefined) return Status.ok;
      if (stream === StreamType.downstream) vm.defer(() => control.requestClose("wasm_downstream_close"));
      if (stream === StreamType.upstream) vm.defer(() => control.requestClose("wasm_upstream_close"));
      return Status.ok;
    },
    proxy_set_effective_context: (id: number): number => {
      if (!vm.contexts.has(id >>> 0)) {
        vm.flag("context_gone", `proxy_set_effective_context ${id >>> 0}`);
        return Status.badArgument;
      }
      vm.effectiveId = id >>> 0;
      return Status.ok;
    },
    proxy_done: (): number => {
      const { onDone } = vm.context;
      if (onDone === undefined) return Status.notFound;
      vm.defer(onDone);
      return Status.ok;
    },
  };
}

/** There are no headers in a TCP stream, and no cluster to call in this host. */
function absent(vm: Instance): Record<string, () => number> {
  const answers: Record<string, Status> = {};
  for (const name of "get add replace remove".split(" ")) {
    answers[`proxy_${name}_header_map_value`] = Status.badArgument;
  }
  for (const name of ["get_header_map_pairs", "set_header_map_pairs", "get_header_map_size"]) {
    answers[`proxy_${name}`] = Status.badArgument;
  }
  for (const name of "http_call grpc_call grpc_stream grpc_close grpc_cancel grpc_send".split(" ")) {
    answers[`proxy_${name}`] = Status.internalFailure;
  }
  for (const name of "register resolve dequeue enqueue".split(" ")) {
    answers[`proxy_${name}_shared_queue`] = Status.unimplemented;
  }
  for (const name of ["get_shared_data", "set_shared_data", "get_status", "call_foreign_function"]) {
    answers[`proxy_${name}`] = Status.unimplemented;
  }
  answers["envoy_resolve_dns"] = Status.internalFailure;
  answers["proxy_send_local_response"] = Status.ok;
  return Object.fromEntries(
    Object.entries(answers).map(([name, status]) => [
      name,
      () => {
        vm.flag("not_emulated", name);
        return status;
      },
    ]),
  );
}

function isStreamData(type: number): boolean {
  return type === BufferType.downstreamData || type === BufferType.upstreamData;
}

function misuse(vm: Instance, detail: string): Status {
  vm.flag("bad_argument", detail);
  return Status.badArgument;
}

function outOfMemory(vm: Instance, detail: string): Status {
  vm.flag("bad_memory", detail);
  return Status.invalidMemoryAccess;
}

function written(vm: Instance, success: boolean): Status {
  return success ? Status.ok : outOfMemory(vm, "a result could not be written");
}
