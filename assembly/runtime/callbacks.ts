import { ACTION_CONTINUE } from "../abi/constants";
import { Scratch } from "../host/scratch";
import { Answers } from "./answers";
import { Lifecycle } from "./lifecycle";
import { Traffic } from "./traffic";

// What the proxy calls. Each is one line into the runtime, which is the same for every module.

/** Marks the version of the ABI; never called. */
export function proxy_abi_version_0_2_1(): void {}

/** The proxy asks for memory in the middle of a host call of ours. */
export function malloc(size: usize): usize {
  return Scratch.allocate(size);
}

export function proxy_on_context_create(context: u32, parent: u32): void {
  Lifecycle.createContext(context, parent);
}

export function proxy_on_vm_start(root: u32, size: i32): i32 {
  Lifecycle.startVm(root, size);
  return 1;
}

export function proxy_on_configure(root: u32, size: i32): i32 {
  const accepted = Lifecycle.configure(root, size);
  Lifecycle.collect();
  return accepted ? 1 : 0;
}

export function proxy_on_tick(root: u32): void {
  Lifecycle.tick(root);
}

export function proxy_on_new_connection(context: u32): i32 {
  return Traffic.newConnection(context);
}

export function proxy_on_downstream_data(context: u32, size: i32, endOfStream: i32): i32 {
  return Traffic.downstreamData(context, size, endOfStream != 0);
}

export function proxy_on_upstream_data(context: u32, size: i32, endOfStream: i32): i32 {
  Traffic.upstreamData(context, size, endOfStream != 0);
  return ACTION_CONTINUE;
}

export function proxy_on_downstream_connection_close(context: u32, peer: i32): void {
  Traffic.downstreamClose(context, peer);
}

export function proxy_on_upstream_connection_close(context: u32, peer: i32): void {
  Traffic.upstreamClose(context, peer);
}

/** 1: may be deleted at once. */
export function proxy_on_done(context: u32): i32 {
  Lifecycle.done(context);
  return 1;
}

export function proxy_on_log(context: u32): void {
  Lifecycle.log(context);
}

export function proxy_on_delete(context: u32): void {
  Lifecycle.deleteContext(context);
}

export function proxy_on_http_call_response(
  root: u32,
  token: u32,
  headers: i32,
  bodySize: i32,
  _trailers: i32,
): void {
  Answers.httpResponse(root, token, headers, bodySize);
}

export function proxy_on_queue_ready(root: u32, queue: u32): void {
  Answers.queueReady(root, queue);
}
