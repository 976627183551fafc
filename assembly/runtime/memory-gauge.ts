import { RootContext } from "./contexts";

/** Bytes of a page of linear memory. */
const PAGE: i64 = 65536;

/**
 * `filter_memory_bytes`: linear memory belongs to the VM, so one configuration accounts for it, the one that served
 * the VM's first connection; the sum over configurations and workers is the truth.
 */
export class MemoryGauge {
  private static owner: RootContext | null = null;
  private static reported: i64 = 0;

  /** A connection came to `root`. */
  static serve(root: RootContext): void {
    if (MemoryGauge.owner !== null || root.standard === null) return;
    MemoryGauge.owner = root;
    MemoryGauge.update(root);
  }

  /** Reports what has grown since, if `root` is the one that accounts for it. */
  static update(root: RootContext): void {
    if (MemoryGauge.owner !== root) return;
    const bytes = <i64>memory.size() * PAGE;
    if (bytes != MemoryGauge.reported) MemoryGauge.report(root, bytes);
  }

  /** `root` is going: takes back what it reported; the next connection decides who goes on. */
  static leave(root: RootContext): void {
    if (MemoryGauge.owner !== root) return;
    MemoryGauge.report(root, 0);
    MemoryGauge.owner = null;
  }

  private static report(root: RootContext, bytes: i64): void {
    const standard = root.standard;
    if (standard !== null) standard.addMemory(bytes - MemoryGauge.reported);
    MemoryGauge.reported = bytes;
  }
}
