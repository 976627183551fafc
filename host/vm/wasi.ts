import { randomFillSync } from "node:crypto";
import { Errno, LOG_LEVELS } from "../abi/constants.ts";
import type { Instance } from "./instance.ts";

/** Envoy refuses to hand out more random bytes at once. */
const MAX_RANDOM_BYTES = 64 * 1024;

const STDOUT = 1;
const STDERR = 2;
const REALTIME = 0;
const MONOTONIC = 1;
/** `__WASI_RIGHTS_FD_WRITE` */
const RIGHT_TO_WRITE = 64n;

/** The part of wasi_snapshot_preview1 that Envoy implements; the rest answers ENOSYS there and here. */
export function wasiFunctions(vm: Instance) {
  const counts = (first: number, second: number): number =>
    vm.memory.writeU32(first, 0) && vm.memory.writeU32(second, 0) ? Errno.success : Errno.fault;
  return {
    fd_write: (fd: number, vectors: number, count: number, writtenTo: number): number => {
      const level = fd === STDOUT ? 2 : fd === STDERR ? 4 : undefined;
      if (level === undefined) return Errno.badf;
      const text = gather(vm, vectors, count);
      if (text === undefined) return Errno.fault;
      if (text.length > 0 && level >= vm.options.logLevel) {
        vm.options.log(LOG_LEVELS[level], text.toString().replace(/\n$/, ""));
      }
      return vm.memory.writeU32(writtenTo, text.length) ? Errno.success : Errno.fault;
    },
    fd_read: () => Errno.nosys,
    fd_seek: () => Errno.success,
    fd_close: () => Errno.success,
    fd_fdstat_get: (fd: number, to: number): number => {
      if (fd !== STDOUT && fd !== STDERR) return Errno.badf;
      const stat = Buffer.alloc(24);
      stat.writeBigUInt64LE(RIGHT_TO_WRITE, 8);
      return vm.memory.write(to, stat) ? Errno.success : Errno.fault;
    },
    fd_fdstat_set_flags: () => Errno.success,
    fd_prestat_get: () => Errno.badf,
    fd_prestat_dir_name: () => Errno.badf,
    path_open: () => Errno.notcapable,
    environ_get: (addressesTo: number, textsTo: number): number => {
      let at = textsTo >>> 0;
      for (const [i, text] of environment(vm).entries()) {
        if (!vm.memory.writeU32(addressesTo + i * 4, at) || !vm.memory.write(at, text)) return Errno.fault;
        at += text.length;
      }
      return Errno.success;
    },
    environ_sizes_get: (countTo: number, sizeTo: number): number => {
      const texts = environment(vm);
      const size = texts.reduce((sum, text) => sum + text.length, 0);
      const success = vm.memory.writeU32(countTo, texts.length) && vm.memory.writeU32(sizeTo, size);
      return success ? Errno.success : Errno.fault;
    },
    args_get: () => Errno.success,
    args_sizes_get: counts,
    clock_time_get: (clock: number, _precision: bigint, to: number): number => {
      if (clock !== REALTIME && clock !== MONOTONIC) return Errno.notsup;
      const now = clock === REALTIME ? vm.options.clock.wall() : vm.options.clock.monotonic();
      return vm.memory.writeU64(to, now) ? Errno.success : Errno.fault;
    },
    random_get: (to: number, size: number): number => {
      if (size >>> 0 > MAX_RANDOM_BYTES) return Errno.inval;
      const target = vm.memory.slice(to, size);
      if (target === undefined) return Errno.inval;
      randomFillSync(target);
      return Errno.success;
    },
    sched_yield: () => Errno.success,
    poll_oneoff: () => Errno.nosys,
    proc_exit: (): void => vm.options.log("error", "wasi_unstable proc_exit"),
  } as Record<string, unknown>;
}

/** `NAME=value`, each ended by NUL. */
function environment(vm: Instance): Buffer[] {
  return Object.entries(vm.options.environment).map(([name, value]) => Buffer.from(`${name}=${value}\0`));
}

function gather(vm: Instance, vectors: number, count: number): Buffer | undefined {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const pointer = vm.memory.u32(vectors + i * 8);
    const size = vm.memory.u32(vectors + i * 8 + 4);
    if (pointer === undefined || size === undefined) return undefined;
    const part = vm.memory.slice(pointer, size);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
