// A stage plays transcripts through a module in the embedded host, and looks whether all is well on the way.

import type { HostModule } from "../module/load.ts";
import { StatStore } from "../metrics/store.ts";
import { ManualClock } from "../vm/clock.ts";
import type { HttpHandler, HttpOutcome } from "../vm/http.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import { Vm } from "../vm/vm.ts";
import type { Conversation, Outcome, Step, TranscriptPeer } from "./conversation.ts";
import { InvariantChecker, type Invariants, type Moment } from "./invariants.ts";
import { canonicalMetricsOf, difference, type MetricValues } from "./metrics.ts";
import { Peers } from "./peers.ts";
import type { ProxySettings, TimedProperties, Transcript } from "./transcript.ts";

/** How one segment is cut into what the callbacks get. */
export type Cut = (bytes: Uint8Array, segment: number) => Uint8Array[];

/** Not cut: each segment is one callback. */
export const asWritten: Cut = (bytes) => [bytes];

/** What a stage runs. */
export interface StageOptions {
  /** Which of the module's filters; empty picks its only one. */
  readonly rootId?: string;
  /** The plugin's configuration, JSON. */
  readonly configuration?: string;
  readonly vmConfiguration?: string;
  /** Environment variables the module may read. */
  readonly environment?: Readonly<Record<string, string>>;
  /** HTTP servers by the name of their cluster: what they answer, in turn, over and over. */
  readonly http?: ProxySettings["http"];
  /** What has to hold after every chunk; nothing by default. */
  readonly invariants?: Invariants;
}

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

/** A VM with one configuration, in which transcripts can be played any number of times. */
export class Stage {
  readonly vm: Vm;
  /** Every line that the module logged. */
  readonly logged: string[] = [];
  /** Of the connection that was played last. */
  filterState: ReadonlyMap<string, Uint8Array> = new Map();
  private readonly plugin: Plugin;
  private readonly checker: InvariantChecker;

  /** Throws `ConfigurationRejected` when the module does. */
  constructor(module: HostModule, options: StageOptions = {}) {
    const { rootId, configuration, vmConfiguration, environment, http = {}, invariants = {} } = options;
    const stats = new StatStore();
    this.vm = new Vm(module, {
      stats,
      clock: new ManualClock(),
      misuse: "throw",
      environment,
      clusters: Object.fromEntries(Object.entries(http).map(([name, answers]) => [name, inTurn(answers)])),
      log: (_, text) => this.logged.push(text),
    });
    this.plugin = this.vm.startPlugin({ rootId, configuration, vmConfiguration });
    this.checker = new InvariantChecker(stats, invariants);
  }

  /** Plays every conversation; returns what the metrics grew by, by canonical key. Throws at the first thing that is wrong. */
  play(transcript: Transcript, cut: Cut): MetricValues {
    const before = canonicalMetricsOf(this.vm);
    let segment = 0;
    for (const conversation of transcript.conversations) {
      this.converse(conversation, transcript, (bytes) => cut(bytes, segment++));
    }
    return difference(canonicalMetricsOf(this.vm), before);
  }

  private converse(
    conversation: Conversation,
    { properties, proxy }: Transcript,
    cut: (bytes: Uint8Array) => Uint8Array[],
  ): void {
    const { opening, steps } = conversation;
    const peers = new Peers(this.plugin, {
      properties: known(DEFAULT_PROPERTIES, properties.accept),
      connectMode: proxy.connectMode,
    });
    peers.connection.setProperties(known(UPSTREAM_PROPERTIES, properties.data));
    peers.atClose = known({}, properties.close);
    const audience = new Audience(peers, conversation);
    this.settle(momentOf(peers));
    audience.expect(undefined, opening);
    for (const step of steps) {
      const chunks = step.kind === "send" ? cut(step.bytes) : [NOTHING];
      for (const [index, chunk] of chunks.entries()) {
        // What the filter did not wait for never comes.
        if (index > 0 && peers.connection.closed) break;
        this.take(step, peers, chunk);
        if (step.kind === "send") audience.expectAtOnce(step, chunk);
        this.settle(momentOf(peers));
      }
      audience.expect(step, step.outcome);
    }
    peers.finish();
    audience.expectNoMore();
    if (proxy.accessLog === true) this.plugin.logAccess(peers.connection);
    this.filterState = peers.connection.filterState;
    this.settle("closed");
  }

  private take(step: Step, peers: Peers, chunk: Uint8Array): void {
    if (step.kind === "wait") this.vm.advance(step.milliseconds);
    else if (step.kind === "send") peers.send(step.peer, chunk);
    else peers[step.kind](step.peer);
  }

  /** Has everything flushed, then looks whether all is well. */
  private settle(moment: Moment): void {
    this.vm.tick();
    if (this.vm.failure !== undefined) throw new Error(`the module trapped: ${this.vm.failure}`);
    const violations = this.checker.violations(moment);
    if (violations.length > 0) throw new Error(`invariant broken: ${violations.join("; ")}`);
  }
}

const NOTHING = new Uint8Array(0);
const BOTH: readonly TranscriptPeer[] = ["client", "server"];
const OTHER: Readonly<Record<TranscriptPeer, TranscriptPeer>> = { client: "server", server: "client" };

/** Looks whether what reaches the peers is what has to. */
class Audience {
  private readonly peers: Peers;
  /** By sender: whose bytes the conversation says more about than that they pass. */
  private readonly told: Readonly<Record<TranscriptPeer, boolean>>;
  private mayBeClosed = false;

  constructor(peers: Peers, { opening, steps }: Conversation) {
    this.peers = peers;
    const outcomes = [opening, ...steps.map(({ outcome }) => outcome)];
    const isTold = (peer: TranscriptPeer): boolean => outcomes.some((one) => one?.[peer] !== undefined);
    this.told = { client: isTold("client"), server: isTold("server") };
  }

  /** Where nothing is said, every chunk passes unchanged in its own callback. */
  expectAtOnce({ line, peer }: Step & { readonly kind: "send" }, chunk: Uint8Array): void {
    if (this.told[peer] || this.peers.connection.closedByFilter !== undefined) return;
    if (Buffer.compare(this.peers.passed[peer].take().bytes, chunk) !== 0)
      throw new Error(`line ${line}: bytes were changed or held`);
  }

  /** After a step: what it says has come of it, and nothing else has. */
  expect(step: Step | undefined, outcome: Outcome | undefined): void {
    for (const peer of BOTH) if (this.told[peer]) this.expectPassed(peer, step, outcome);
    this.mayBeClosed ||= outcome?.closed === true;
    const isClosed = this.peers.connection.closedByFilter !== undefined;
    if (isClosed === this.mayBeClosed) return;
    const line = outcome?.line ?? step?.line ?? 0;
    throw new Error(
      `line ${line}: the filter ${isClosed ? "closed the connection" : "did not close the connection"}`,
    );
  }

  /** At the end, when whoever had not closed has: what that let go would have had to be said. */
  expectNoMore(): void {
    for (const peer of BOTH) {
      const { bytes } = this.peers.passed[peer].take();
      if (bytes.length > 0)
        throw new Error(`at the end ${quoted(bytes)} came to the ${OTHER[peer]}: write it below C. or S.`);
    }
  }

  private expectPassed(peer: TranscriptPeer, step: Step | undefined, outcome: Outcome | undefined): void {
    const own = step?.kind === "send" && step.peer === peer ? step.bytes : NOTHING;
    const { bytes, ended } = outcome?.[peer] ?? { bytes: own, ended: false };
    const found = this.peers.passed[peer].take();
    const line = outcome?.line ?? step?.line ?? 0;
    if (Buffer.compare(found.bytes, bytes) !== 0) {
      const [shown, wanted] = [found.bytes, bytes].map(quoted);
      throw new Error(`line ${line}: to the ${OTHER[peer]} came ${shown}, expected ${wanted}`);
    }
    if (ended && !found.ended)
      throw new Error(`line ${line}: the end of stream has not reached the ${OTHER[peer]}`);
  }
}

function momentOf({ connection }: Peers): Moment {
  return connection.closed ? "closed" : "open";
}

/** As much of some bytes as an error can show, with escapes as in a transcript. */
function quoted(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  return JSON.stringify(text.length > SHOWN_BYTES ? `${text.slice(0, SHOWN_BYTES)}…` : text);
}

/** Enough to see what is wrong. */
const SHOWN_BYTES = 200;

function inTurn(answers: readonly HttpOutcome[]): HttpHandler {
  let next = 0;
  return () => answers[next++ % answers.length] ?? "unavailable";
}

function known(defaults: Properties, own: TimedProperties["accept"]): Properties {
  const merged = { ...defaults, ...own };
  const present: Record<string, Properties[string]> = {};
  for (const [path, value] of Object.entries(merged)) if (value !== null) present[path] = value;
  return present;
}
