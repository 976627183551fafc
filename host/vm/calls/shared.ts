import { Status } from "../../abi/constants.ts";
import type { Instance } from "../instance.ts";
import { outOfMemory, written } from "./answer.ts";

/** Data and queues that VMs of one id share. */
export function shared(vm: Instance) {
  return { ...data(vm), ...queues(vm) };
}

function data(vm: Instance) {
  const { shared: store, vmId } = vm.options;
  return {
    proxy_get_shared_data: (
      key: number,
      keySize: number,
      pointerTo: number,
      sizeTo: number,
      versionTo: number,
    ): number => {
      const name = vm.memory.text(key, keySize);
      if (name === undefined) return outOfMemory(vm, "proxy_get_shared_data");
      const found = store.get(vmId, name);
      if (found === undefined) return Status.notFound;
      return written(
        vm,
        vm.copyOut(found.value, pointerTo, sizeTo) && vm.memory.writeU32(versionTo, found.version),
      );
    },
    proxy_set_shared_data: (
      key: number,
      keySize: number,
      pointer: number,
      size: number,
      version: number,
    ): number => {
      const name = vm.memory.text(key, keySize);
      const value = vm.memory.slice(pointer, size);
      if (name === undefined || value === undefined) return outOfMemory(vm, "proxy_set_shared_data");
      return store.set(vmId, name, Uint8Array.from(value), version >>> 0) ? Status.ok : Status.casMismatch;
    },
  };
}

function queues(vm: Instance) {
  const { shared: store, vmId } = vm.options;
  return {
    proxy_register_shared_queue: (name: number, nameSize: number, tokenTo: number): number => {
      const queue = vm.memory.text(name, nameSize);
      if (queue === undefined) return outOfMemory(vm, "proxy_register_shared_queue");
      const { root } = vm.context;
      const token = store.register(vmId, queue, (ready) => vm.options.onQueueReady(root.id, ready));
      return written(vm, vm.memory.writeU32(tokenTo, token));
    },
    proxy_resolve_shared_queue: (
      id: number,
      idSize: number,
      name: number,
      nameSize: number,
      tokenTo: number,
    ): number => {
      const owner = vm.memory.text(id, idSize);
      const queue = vm.memory.text(name, nameSize);
      if (owner === undefined || queue === undefined) return outOfMemory(vm, "proxy_resolve_shared_queue");
      const token = store.resolve(owner === "" ? vmId : owner, queue);
      return token === undefined ? Status.notFound : written(vm, vm.memory.writeU32(tokenTo, token));
    },
    proxy_enqueue_shared_queue: (token: number, pointer: number, size: number): number => {
      const value = vm.memory.slice(pointer, size);
      if (value === undefined) return outOfMemory(vm, "proxy_enqueue_shared_queue");
      return store.enqueue(token >>> 0, Uint8Array.from(value)) ? Status.ok : Status.notFound;
    },
    proxy_dequeue_shared_queue: (token: number, pointerTo: number, sizeTo: number): number => {
      const value = store.dequeue(token >>> 0);
      if (value === undefined) return Status.notFound;
      return value === "empty" ? Status.empty : written(vm, vm.copyOut(value, pointerTo, sizeTo));
    },
  };
}
