import { MAX_STREAM_TYPE, Status, StreamType } from "../../abi/constants.ts";
import { CANNOT } from "../../abi/cannot.ts";
import type { Instance } from "../instance.ts";
import { misuse } from "./answer.ts";

/** Letting go on, closing, and whom a call is about. */
export function streams(vm: Instance) {
  return {
    proxy_continue_stream: (stream: number): number => {
      if (stream >>> 0 > MAX_STREAM_TYPE) return misuse(vm, `proxy_continue_stream ${stream}`);
      if (stream === StreamType.upstream) {
        vm.flag("upstream_pause", CANNOT.stopServer);
        return Status.unimplemented;
      }
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
