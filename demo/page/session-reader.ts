import type { Socket } from "node:net";
import { CaptureClock, CaptureReplay } from "../../host/capture/replay.ts";
import { Timeline } from "../../host/capture/timeline/timeline.ts";
import { printable } from "../../host/capture/words.ts";
import { StatStore } from "../../host/metrics/store.ts";
import type { HostModule } from "../../host/module/load.ts";
import { Vm } from "../../host/vm/vm.ts";
import type { Protocol } from "../protocol.ts";
import type { Session, SessionLine } from "./messages.ts";
import type { TapListener } from "./tap.ts";

/** Longer lines help nobody. */
const WIDEST = 160;
/** A session with more lines than this is shown by its first ones. */
const MOST_LINES = 80;

const NS_PER_MS = 1e6;

/** What is known of a session at one moment. */
export type SessionSoFar = Pick<Session, "began" | "lines" | "isOver">;

/** Reads sessions of one protocol, one after the other, through the shipped filter in a VM of its own. */
export class SessionReader {
  private readonly vm: Vm;
  private readonly clock = new CaptureClock();
  private readonly replay: CaptureReplay;
  private readonly started = process.hrtime.bigint();
  private count = 0;
  private timeline: Timeline | undefined;
  private tell: (session: SessionSoFar) => void = () => undefined;
  private began = 0;

  constructor(module: HostModule, protocol: Protocol) {
    this.clock.origin = BigInt(Date.now()) * BigInt(NS_PER_MS);
    this.vm = new Vm(module, {
      stats: new StatStore({ keepSamples: true }),
      clock: this.clock,
      logLevel: "warn",
    });
    const plugin = this.vm.startPlugin({
      rootId: `heirloom.${protocol}`,
      // A time line shows all that the filter can tell.
      configuration: JSON.stringify({ verbosity: "high" }),
    });
    this.replay = new CaptureReplay(this.vm, plugin, this.clock);
  }

  /** Listens to the next session, and tells of it whenever there is more. */
  begin(tell: (session: SessionSoFar) => void): TapListener {
    this.timeline = undefined;
    this.tell = tell;
    return {
      opened: (socket) => {
        this.open(socket);
      },
      data: (from, bytes) => {
        this.timeline?.data(from, bytes, this.now());
        this.show(false);
      },
      ended: (from) => {
        this.timeline?.ended(from, this.now());
        this.show(false);
      },
    };
  }

  /** The session is over. */
  finish(): void {
    this.timeline?.finish();
    this.show(true);
    this.timeline = undefined;
  }

  private open({ localAddress, localPort, remoteAddress, remotePort }: Socket): void {
    this.began = Date.now();
    const connection = {
      number: ++this.count,
      time: this.now(),
      isMidStream: false,
      client: { host: localAddress ?? "", port: localPort ?? 0 },
      server: { host: remoteAddress ?? "", port: remotePort ?? 0 },
    };
    const { vm, replay } = this;
    this.timeline = new Timeline({
      connection,
      start: this.clock.origin,
      vm,
      feed: () => replay.open(connection),
    });
  }

  private show(isOver: boolean): void {
    if (!this.timeline) return;
    this.tell({ began: this.began, lines: linesOf(this.timeline), isOver });
  }

  /** Nanoseconds since this reader began. */
  private now(): number {
    return Number(process.hrtime.bigint() - this.started);
  }
}

function linesOf({ rows }: Timeline): SessionLine[] {
  return rows.slice(0, MOST_LINES).map(({ time, from, text, outcome }) => ({
    seconds: time / (1_000 * NS_PER_MS),
    from: from ?? null,
    text: printable(text, WIDEST),
    outcome,
  }));
}
