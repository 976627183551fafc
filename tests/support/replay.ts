import {
  ManualClock,
  StatStore,
  Vm,
  type Connection,
  type HostModule,
  type Plugin,
  type Properties,
} from "../../host/index.ts";
import { InvariantChecker, type Moment } from "./invariants.ts";
import { canonicalKey, canonicalMetricsOf, difference, type MetricValues } from "./metrics.ts";
import type { Conversation, Step, TimedProperties, Transcript } from "./transcript.ts";

/** How one segment is cut into what the callbacks get. */
export type Cut = (bytes: Uint8Array, segment: number) => Uint8Array[];

/** Not cut: each segment is one callback. */
export const asWritten: Cut = (bytes) => [bytes];

/** Metrics of the runtime itself, which a transcript need not name even when it is exhaustive. */
const OWN_METRICS = /^filter_(info|memory_bytes)\b|_sum\b/;

const DEFAULT_PROPERTIES: Properties = {
  "source.address": "192.0.2.1:49152",
  "source.port": 49152,
  "destination.address": "192.0.2.2:25",
  "destination.port": 25,
  "connection.mtls": false,
  "response.flags": 0,
};
const UPSTREAM_PROPERTIES: Properties = {
  "upstream.address": "198.51.100.1:25",
  "upstream.port": 25,
  "upstream.transport_failure_reason": "",
};

/** Envoy's response flag UR, which it sets when the upstream resets. */
const UPSTREAM_REMOTE_RESET = { "response.flags": 0x10 };

const NOTHING = new Uint8Array(0);

/** A VM with one configuration, in which a transcript can be played any number of times. */
export class Stage {
  readonly vm: Vm;
  readonly logged: string[] = [];
  filterState: ReadonlyMap<string, Uint8Array> = new Map();
  private readonly plugin: Plugin;
  private readonly checker: InvariantChecker;

  constructor(module: HostModule, rootId: string, configuration?: string) {
    const stats = new StatStore();
    this.vm = new Vm(module, {
      stats,
      clock: new ManualClock(),
      misuse: "throw",
      log: (_, text) => this.logged.push(text),
    });
    this.plugin = this.vm.startPlugin({ rootId, configuration });
    this.checker = new InvariantChecker(stats);
  }

  /** Plays every conversation; returns what the metrics grew by, by canonical key. Throws at the first thing that is wrong. */
  play(transcript: Transcript, cut: Cut): MetricValues {
    const before = canonicalMetricsOf(this.vm);
    let segment = 0;
    for (const conversation of transcript.conversations) {
      this.converse(conversation, transcript.properties, (bytes) => cut(bytes, segment++));
    }
    return difference(canonicalMetricsOf(this.vm), before);
  }

  private converse(
    { steps }: Conversation,
    properties: TimedProperties,
    cut: (bytes: Uint8Array) => Uint8Array[],
  ): void {
    const passed: Uint8Array[] = [];
    const connection = this.plugin.newConnection({
      properties: known(DEFAULT_PROPERTIES, properties.accept),
      passOn: (_, bytes) => passed.push(bytes),
    });
    connection.setProperties(known(UPSTREAM_PROPERTIES, properties.data));
    this.settle("open");
    const player = new Player(connection, known({}, properties.close));
    for (const step of steps) {
      if (step.kind === "wait") this.vm.advance(step.milliseconds);
      if (step.kind !== "send") {
        player.take(step);
        this.settle(connection.closed ? "closed" : "open");
        continue;
      }
      for (const chunk of cut(step.bytes)) {
        passed.length = 0;
        player.send(step.peer, chunk);
        if (!Buffer.concat(passed).equals(chunk))
          throw new Error(`line ${step.line}: bytes were changed or held`);
        this.settle("open");
      }
    }
    player.finish();
    this.filterState = connection.filterState;
    this.settle("closed");
  }

  /** Has everything flushed, then looks whether all is well. */
  private settle(moment: Moment): void {
    this.vm.tick();
    if (this.vm.failure !== undefined) throw new Error(`the module trapped: ${this.vm.failure}`);
    const violations = this.checker.violations(moment);
    if (violations.length > 0) throw new Error(`invariant broken: ${violations.join("; ")}`);
  }
}

/** Plays steps on a connection and closes it as Envoy would in the end. */
class Player {
  private readonly connection: Connection;
  private readonly atClose: Properties;
  private readonly ended = { client: false, server: false };

  constructor(connection: Connection, atClose: Properties) {
    this.connection = connection;
    this.atClose = atClose;
  }

  send(peer: "client" | "server", bytes: Uint8Array): void {
    if (peer === "client") this.connection.downstream(bytes);
    else this.connection.upstream(bytes);
  }

  take(step: Step): void {
    if (step.kind === "end") this.end(step.peer);
    if (step.kind !== "reset") return;
    if (step.peer === "client") this.connection.close("remote", this.atClose);
    else this.connection.close("local", { ...UPSTREAM_REMOTE_RESET, ...this.atClose });
  }

  /** Who has not closed yet does: the client first. The one that comes last decides what Envoy calls the close. */
  finish(): void {
    for (const peer of ["client", "server"] as const) {
      if (!this.connection.closed && !this.ended[peer]) this.end(peer);
    }
  }

  private end(peer: "client" | "server"): void {
    this.ended[peer] = true;
    if (peer === "client") this.connection.downstream(NOTHING, true);
    else this.connection.upstream(NOTHING, true);
    if (this.ended.client && this.ended.server) {
      this.connection.close(peer === "client" ? "remote" : "local", this.atClose);
    }
  }
}

/** Where what was found (by canonical key) differs from what the transcript expects; empty if it does not. */
export function mismatches(transcript: Transcript, values: MetricValues): string[] {
  const problems: string[] = [];
  const named = new Set<string>();
  for (const { name, labels, value, line } of transcript.metrics) {
    const key = canonicalKey(name, labels);
    named.add(key);
    const actual = values.get(key);
    if (actual === undefined && value !== 0)
      problems.push(`line ${line}: ${key}: expected ${value}, not defined`);
    else if ((actual ?? 0) !== value)
      problems.push(`line ${line}: ${key}: expected ${value}, found ${actual}`);
  }
  if (!transcript.exhaustive) return problems;
  for (const [key, value] of values) {
    if (value !== 0 && !named.has(key) && !OWN_METRICS.test(key))
      problems.push(`${key} ${value} is not expected`);
  }
  return problems;
}

function known(defaults: Properties, own: TimedProperties["accept"]): Properties {
  const merged = { ...defaults, ...own };
  const present: Record<string, Properties[string]> = {};
  for (const [path, value] of Object.entries(merged)) if (value !== null) present[path] = value;
  return present;
}
