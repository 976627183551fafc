import { joinTestOf } from "../../host/capture/joining.ts";
import { readCapture } from "../../host/capture/read.ts";
import { CaptureClock, CaptureReplay } from "../../host/capture/replay.ts";
import { ConnectionTracker, type CaptureCounts } from "../../host/capture/tracker.ts";
import { Vm, type HostModule } from "../../host/index.ts";
import { checkerOf } from "./invariants.ts";
import { canonicalMetricsOf, type MetricValues } from "../../host/testing/metrics.ts";
import type { WrittenPacket } from "./pcap.ts";

export interface Replayed {
  /** By canonical key. */
  readonly metrics: MetricValues;
  readonly counts: CaptureCounts;
}

export interface ReplayedOptions {
  readonly rootId: string;
  readonly configuration?: string;
  readonly ports?: readonly number[];
}

/** A VM that a capture can be put into; the invariants have to hold at its end. */
class Stage {
  readonly tracker: ConnectionTracker;
  private readonly vm: Vm;
  private readonly replay: CaptureReplay;

  constructor(module: HostModule, { rootId, configuration, ports }: ReplayedOptions) {
    const clock = new CaptureClock();
    this.vm = new Vm(module, { clock, misuse: "throw" });
    this.replay = new CaptureReplay(this.vm, this.vm.startPlugin({ rootId, configuration }), clock);
    this.tracker = new ConnectionTracker({
      open: (connection) => this.replay.open(connection),
      ports: ports && new Set(ports),
      joins: joinTestOf(this.vm),
    });
  }

  end(): Replayed {
    this.tracker.finish();
    this.replay.flush();
    if (this.vm.failure !== undefined) throw new Error(`the module trapped: ${this.vm.failure}`);
    const violations = checkerOf(this.vm.stats).violations("open");
    if (violations.length > 0) throw new Error(`invariant broken: ${violations.join("; ")}`);
    return { metrics: canonicalMetricsOf(this.vm), counts: this.tracker.counts };
  }
}

/** What a filter counts in some packets of Ethernet. */
export function replayPackets(
  module: HostModule,
  packets: readonly WrittenPacket[],
  options: ReplayedOptions,
): Replayed {
  const stage = new Stage(module, options);
  for (const { time, bytes } of packets) {
    const [seconds, nanoseconds] = [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)];
    stage.tracker.accept({ link: 1, bytes, wireLength: bytes.length, seconds, nanoseconds });
  }
  return stage.end();
}

/** What a filter counts in a file. */
export async function replayFile(
  module: HostModule,
  file: string,
  options: ReplayedOptions,
): Promise<Replayed> {
  const stage = new Stage(module, options);
  const warn = (line: string): never => {
    throw new Error(line);
  };
  await readCapture(file, { packet: (packet) => stage.tracker.accept(packet), warn });
  return stage.end();
}
