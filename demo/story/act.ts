import type { Address } from "../../host/envoy/address.ts";
import type { StoryCheck } from "../page/story-state.ts";
import type { Protocol } from "../protocol.ts";
import type { Mailboxes } from "../smtp/server/policy.ts";
import type { Snapshot } from "../view/snapshot.ts";
import type { Alerts } from "./alerts.ts";
import type { ListenersFile } from "./listeners.ts";

/** One act of the story: something happens, and Envoy's statistics show it. */
export interface Act {
  readonly title: string;
  /** What happens, in a few sentences. */
  readonly text: string;
  /**
   * Plays it and says what came of its claims. Every session it opens is over when it resolves, also when the
   * world's signal cuts it short. Rejects when a client is not served.
   */
  play(world: World): Promise<readonly StoryCheck[]>;
}

/** What acts have around them. */
export interface World {
  /** Where the proxy takes each protocol. */
  readonly listen: Readonly<Record<Protocol, Address>>;
  /** The mail server's. */
  readonly mailboxes: Mailboxes;
  /** Envoy's listeners; undefined where the proxy has none that could change, and why is in `missing`. */
  readonly listeners: ListenersFile | undefined;
  /** Of a Prometheus that scrapes the proxy; undefined where there is none. */
  readonly alerts: Alerts | undefined;
  /** Why something is not there. */
  readonly missing: { readonly listeners: string; readonly alerts: string };
  /** Aborted when the story is to end early. */
  readonly signal: AbortSignal;
  /** Everything in the proxy's statistics, now. */
  read(): Promise<Snapshot>;
  /** The names of the protocol's metrics there, without the endings of histograms. */
  metricNames(protocol: Protocol): Promise<ReadonlySet<string>>;
  /** Says what goes on. */
  tell(line: string): void;
}

/** A claim that cannot be looked at, and why. */
export function notMade(what: string, why: string): StoryCheck {
  return { what, before: "", after: `not made: ${why}`, holds: null };
}
