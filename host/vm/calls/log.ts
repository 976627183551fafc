import { LOG_LEVELS, Status } from "../../abi/constants.ts";
import type { Instance } from "../instance.ts";
import { misuse, outOfMemory, written } from "./answer.ts";

/** Log, time and ticks. */
export function loggingAndTime(vm: Instance) {
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
      vm.options.setTickPeriod(vm.context.root, period >>> 0);
      return Status.ok;
    },
  };
}
