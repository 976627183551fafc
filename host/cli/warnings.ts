import { plural } from "../capture/words.ts";
import { formatAddress, type Address } from "../envoy/address.ts";

/** A server that is down fails every connection: one line tells of all within this time. */
const INTERVAL_MS = 10_000;

/** Tells of upstreams that fail: at once, and then every ten seconds how many more did. */
export class UpstreamWarnings {
  private readonly print: (line: string) => void;
  private readonly clock: () => number;
  private toldAt = -Infinity;
  private untold = 0;

  /** `clock` tells milliseconds. */
  constructor(print: (line: string) => void, clock: () => number = () => performance.now()) {
    this.print = print;
    this.clock = clock;
  }

  failed(upstream: Address, reason: string): void {
    const now = this.clock();
    if (now - this.toldAt < INTERVAL_MS) {
      this.untold++;
      return;
    }
    const more = this.untold === 0 ? "" : `; ${plural(this.untold, "failure")} more since the last line`;
    this.print(`upstream ${formatAddress(upstream)}: ${reason}${more}`);
    this.toldAt = now;
    this.untold = 0;
  }
}
