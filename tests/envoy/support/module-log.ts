/** What modules write into Envoy's log. */

/** One line of a module's. */
export interface ModuleLine {
  /** Of Envoy: the main thread or a worker. */
  readonly thread: string;
  readonly level: string;
  readonly text: string;
}

/** Envoy puts name, root_id and, if it is known, vm_id in front. */
export function moduleLines(log: string): ModuleLine[] {
  const lines = log.matchAll(/\[(\d+)\]\[(\w+)\]\[wasm\].*\] wasm log[^:]*: (.*)/g);
  return [...lines].map(([, thread = "", level = "", text = ""]) => ({ thread, level, text }));
}
