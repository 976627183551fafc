import { BufferType, MAX_BUFFER_TYPE, Status } from "../../abi/constants.ts";
import { CANNOT } from "../../abi/cannot.ts";
import type { Instance } from "../instance.ts";
import { misuse, outOfMemory, written } from "./answer.ts";

/** What callbacks have bytes of. */
export function buffers(vm: Instance) {
  const find = (type: number): Uint8Array | Status => {
    if (type >>> 0 > MAX_BUFFER_TYPE) return misuse(vm, `buffer type ${type}`);
    const { context } = vm;
    const bytes = context.buffer(type, vm.options.vmConfiguration);
    if (bytes !== undefined) return bytes;
    vm.flag("buffer_unavailable", `buffer ${type} does not exist here`);
    return Status.notFound;
  };
  const isGone = (type: number): boolean => isStreamData(type) && vm.context.editable(type) === undefined;
  const read = (type: number): Uint8Array | Status => {
    if (isGone(type)) vm.flag("buffer_unavailable", `buffer ${type} outside its callback`);
    return find(type);
  };
  return {
    proxy_get_buffer_status: (type: number, lengthTo: number, flagsTo: number): number => {
      const bytes = read(type);
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
      const bytes = read(type);
      if (typeof bytes === "number") return bytes;
      // The host adds with 64 bits: nothing overflows, whatever is too much is cut.
      const isWhole = start === 0 && length >>> 0 >= bytes.length;
      const range = isWhole ? bytes : bytes.subarray(start >>> 0, (start >>> 0) + (length >>> 0));
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
      if (isGone(type)) {
        vm.flag("originated", CANNOT.originate);
        return Status.badArgument;
      }
      const status = vm.context.editable(type)?.edit(start >>> 0, length >>> 0, data) ?? Status.badArgument;
      if (status !== Status.ok) vm.flag("buffer_edit", `buffer ${type} start ${start >>> 0}: not at an end`);
      return status;
    },
  };
}

function isStreamData(type: number): boolean {
  return type === BufferType.downstreamData || type === BufferType.upstreamData;
}
