import type { Instance } from "../instance.ts";
import { misuse, outOfMemory, written } from "./answer.ts";

/** Metrics. */
export function metrics(vm: Instance) {
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
