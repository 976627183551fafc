/**
 * Linear memory at which the runtime stops making objects: Envoy's V8 gives a module 1 GiB, and a refused growth is
 * a trap. Far above what `limits.memory_bytes` lets the pools take.
 */
export const MEMORY_CEILING: u64 = 768 << 20;

/** How often pending numbers are flushed, in milliseconds. */
export const TICK_PERIOD: i32 = 1000;

/** Longest configuration: what one fetch can carry. */
export const MAX_CONFIGURATION: i32 = 1 << 20;
