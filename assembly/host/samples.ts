import { Fault, Faults } from "./faults";
import { Host } from "./host";

/**
 * Samples that wait at most. A message or a search gives some ten, so that a busy worker hands them over a few hundred
 * times a second, each time in some 20 µs.
 */
const CAPACITY: u32 = 256;

/** Bytes of one: the value, the proxy's id of its histogram. */
const SIZE: usize = 16;
const ID: usize = 8;

const waiting: usize = memory.data(4096); // CAPACITY * SIZE
const behind: usize = waiting + <usize>CAPACITY * SIZE;

/**
 * Samples of all histograms of the VM on their way to the proxy. One host call each all the same, but one behind the
 * other: between the work of callbacks each would find the proxy's code and data out of the cache.
 */
export class Samples {
  private static next: usize = waiting;

  static add(id: u32, value: u64): void {
    const at = Samples.next;
    store<u64>(at, value);
    store<u32>(at, id, ID);
    Samples.next = at + SIZE;
    if (at + SIZE == behind) Samples.flush();
  }

  /** Forgets what waits: for specs, before they put other metrics in the proxy's place. */
  static clear(): void {
    Samples.next = waiting;
  }

  /** Hands over what waits, in the order in which it came. No host call when nothing does. */
  static flush(): void {
    const end = Samples.next;
    Samples.next = waiting;
    for (let at = waiting; at < end; at += SIZE) {
      if (!Host.metrics.record(load<u32>(at, ID), load<u64>(at)))
        Faults.report(Fault.hostCall, "the proxy refused a metric");
    }
  }
}
