// Tells every callback of the proxy's and every method of the SDK's that an author can write, in the log: what
// docs/sdk.md says of the lifecycle is held against it (tests/envoy/lifecycle.test.ts).
//   ~~VM CONTEXT WHAT     VM: when it was initialised, in nanoseconds; CONTEXT: - for a method of the SDK's

import "../../assembly/runtime/texts";
import "../../assembly/runtime/abort";
import {
  AccessLogger,
  DownstreamChunk,
  FilterFactory,
  Host,
  Module,
  NetworkFilter,
  NewConnection,
  Peer,
  Plugin,
  Settings,
  Slice,
  Text,
  Ticker,
  UpstreamChunk,
} from "../../assembly";
import * as runtime from "../../assembly/runtime/callbacks";

export {
  malloc,
  proxy_abi_version_0_2_1,
  proxy_on_http_call_response,
} from "../../assembly/runtime/callbacks";

const INFO: i32 = 2;
const line: Text = Text.ofCapacity(256);
const shown: Slice = new Slice();
const vm: u64 = Host.clock.now();
tell("_initialize", "0");

function tell(what: string, context: string = "-"): void {
  line.clear().string("~~").unsigned(vm).string(" ").string(context).string(" ").string(what);
  Host.log.always(INFO, line.toSlice(shown));
}

export function proxy_on_context_create(context: u32, parent: u32): void {
  tell("proxy_on_context_create", context.toString());
  runtime.proxy_on_context_create(context, parent);
}

export function proxy_on_vm_start(root: u32, size: i32): i32 {
  tell("proxy_on_vm_start", root.toString());
  return runtime.proxy_on_vm_start(root, size);
}

export function proxy_on_configure(root: u32, size: i32): i32 {
  tell("proxy_on_configure", root.toString());
  return runtime.proxy_on_configure(root, size);
}

export function proxy_on_tick(root: u32): void {
  tell("proxy_on_tick", root.toString());
  runtime.proxy_on_tick(root);
}

export function proxy_on_new_connection(context: u32): i32 {
  tell("proxy_on_new_connection", context.toString());
  return runtime.proxy_on_new_connection(context);
}

export function proxy_on_downstream_data(context: u32, size: i32, endOfStream: i32): i32 {
  tell("proxy_on_downstream_data", context.toString());
  return runtime.proxy_on_downstream_data(context, size, endOfStream);
}

export function proxy_on_upstream_data(context: u32, size: i32, endOfStream: i32): i32 {
  tell("proxy_on_upstream_data", context.toString());
  return runtime.proxy_on_upstream_data(context, size, endOfStream);
}

export function proxy_on_downstream_connection_close(context: u32, peer: i32): void {
  tell("proxy_on_downstream_connection_close", context.toString());
  runtime.proxy_on_downstream_connection_close(context, peer);
}

export function proxy_on_upstream_connection_close(context: u32, peer: i32): void {
  tell("proxy_on_upstream_connection_close", context.toString());
  runtime.proxy_on_upstream_connection_close(context, peer);
}

export function proxy_on_done(context: u32): i32 {
  tell("proxy_on_done", context.toString());
  return runtime.proxy_on_done(context);
}

export function proxy_on_log(context: u32): void {
  tell("proxy_on_log", context.toString());
  runtime.proxy_on_log(context);
}

export function proxy_on_delete(context: u32): void {
  tell("proxy_on_delete", context.toString());
  runtime.proxy_on_delete(context);
}

class ToldFactory extends FilterFactory {
  constructor() {
    super("lifecycle");
    tell("FilterFactory.constructor");
  }

  configure(settings: Settings): Plugin {
    tell("FilterFactory.configure");
    settings.integer("generation", 0, 0, 100);
    return new ToldPlugin();
  }
}

class ToldPlugin extends Plugin {
  constructor() {
    super();
    tell("Plugin.constructor");
    this.every(1000);
  }

  newFilter(): NetworkFilter {
    tell("Plugin.newFilter");
    return new ToldFilter();
  }

  onTick(_ticker: Ticker): void {
    tell("Plugin.onTick");
  }

  onDone(): void {
    tell("Plugin.onDone");
  }
}

class ToldFilter extends NetworkFilter {
  onNewConnection(_connection: NewConnection): void {
    tell("NetworkFilter.onNewConnection");
  }

  onDownstreamData(_chunk: DownstreamChunk, _endOfStream: bool): void {
    tell("NetworkFilter.onDownstreamData");
  }

  onUpstreamData(_chunk: UpstreamChunk, _endOfStream: bool): void {
    tell("NetworkFilter.onUpstreamData");
  }

  onDownstreamClose(_peer: Peer): void {
    tell("NetworkFilter.onDownstreamClose");
  }

  onUpstreamClose(_peer: Peer): void {
    tell("NetworkFilter.onUpstreamClose");
  }

  onLog(): void {
    tell("NetworkFilter.onLog");
  }

  onDelete(): void {
    tell("NetworkFilter.onDelete");
  }
}

/** Beside the filter, in the same VM. */
class LoggerFactory extends FilterFactory {
  constructor() {
    super("lifecycle.logger");
  }

  configure(_settings: Settings): Plugin {
    return new ToldLogger();
  }
}

class ToldLogger extends AccessLogger {
  onLog(): void {
    tell("AccessLogger.onLog");
  }
}

Module.register(new ToldFactory());
Module.register(new LoggerFactory());
