import { parseMetricName } from "../../metrics/names.ts";
import { Histogram, type Stat } from "../../metrics/store.ts";
import type { Vm } from "../../vm/vm.ts";

/** What a filter counted in a moment. */
export interface Change {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How much a counter grew, or how many samples a histogram took; gauges are left out. */
  readonly by: number;
  /** A histogram's new samples. */
  readonly samples: readonly number[];
}

interface Watched {
  readonly stat: Stat;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  seen: number;
}

/**
 * Tells what a filter counts from one moment to the next: the only way it has to say what bytes were. One watch serves
 * all connections of a VM, if it is asked after each thing that happens; it takes the samples out of the store.
 */
export class ChangeWatch {
  private readonly vm: Vm;
  private watched: Watched[] = [];
  private size = 0;

  /** The VM's store has to keep samples. */
  constructor(vm: Vm) {
    this.vm = vm;
    this.look();
    this.changes();
  }

  /** What was counted since the last call, in the order in which the filter defined it. */
  changes(): Change[] {
    this.vm.tick();
    this.look();
    const changes: Change[] = [];
    for (const one of this.watched) {
      const count = countOf(one.stat);
      if (count === one.seen) continue;
      const samples = one.stat instanceof Histogram ? one.stat.takeSamples() : [];
      changes.push({ metric: one.metric, labels: one.labels, by: count - one.seen, samples });
      one.seen = count;
    }
    return changes;
  }

  /** Some series are defined when they are first counted. */
  private look(): void {
    if (this.vm.stats.size === this.size) return;
    this.size = this.vm.stats.size;
    const known = new Map(this.watched.map((one) => [one.stat, one]));
    const stats = [...new Set(this.vm.defined)].filter((stat) => stat.kind !== "gauge");
    this.watched = stats.map((stat) => {
      const { metric, labels } = parseMetricName(stat.fullName);
      return known.get(stat) ?? { stat, metric, labels: Object.fromEntries(labels), seen: 0 };
    });
  }
}

function countOf(stat: Stat): number {
  return stat instanceof Histogram ? stat.count : Number(stat.value);
}
