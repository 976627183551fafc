// What two readers say of one connection, as numbers by name, and what may be the reason where they differ.

import { parseSample } from "../../host/metrics/parse.ts";
import type { MetricValues } from "../../host/testing/metrics.ts";
import { compared, type Book, type Differences } from "../corpus/zeek.ts";
import type { Recorded } from "./conversations.ts";

/** One connection as both have read it. */
export interface Reading {
  readonly recorded: Recorded;
  /** The filter's metrics of this connection. */
  readonly metrics: MetricValues;
  /** By name: [tshark's number, the filter's]. */
  readonly differences: Differences;
}

/** Connections by name, with what differs. */
export type Rows = Readonly<Record<string, Differences>>;

/** Why tshark and the filter differ on some connections. */
export interface Reason {
  /** A sentence for docs/agreement.md. */
  readonly says: string;
  /** Has to hold of each connection that it is given for. */
  readonly when: (reading: Reading) => boolean;
  /** All connections it is given for, with all that differs there: [tshark's number, the filter's]. */
  readonly explained: Rows;
}

/** Adds up a metric of one connection; only where labels have these values, if any are given. */
export function total(
  metrics: MetricValues,
  metric: string,
  wanted: Readonly<Record<string, string>> = {},
): number {
  let sum = 0;
  for (const [key, value] of metrics) {
    const { name, labels } = parseSample(`${key} ${value}`);
    if (name !== metric) continue;
    if (Object.entries(wanted).every(([label, one]) => labels[label] === one)) sum += value;
  }
  return sum;
}

/** What differs, where both tell all of the `kinds`: first words of names. */
export function differing(tshark: Book, ours: Book, kinds: readonly string[]): Differences {
  // A kind of which tshark saw nothing is still one that it tells of.
  const all = new Map([...kinds.map((kind) => [kind, 0] as const), ...tshark]);
  return compared(all, ours, { complete: new Set(kinds) });
}

/** Whether a metric of a connection is more than 0; of several sets of labels, with any of them. */
export function counts(
  metric: string,
  ...wanted: readonly Readonly<Record<string, string>>[]
): (reading: Reading) => boolean {
  const sets = wanted.length === 0 ? [{}] : wanted;
  return ({ metrics }) => sets.some((labels) => total(metrics, metric, labels) > 0);
}

/** All that is explained, by connection; one may have several reasons. */
export function explainedBy(reasons: Readonly<Record<string, Reason>>): Record<string, Differences> {
  const all: Record<string, Differences> = {};
  for (const { explained } of Object.values(reasons)) {
    for (const [name, differences] of Object.entries(explained)) all[name] = { ...all[name], ...differences };
  }
  return all;
}

/** All that differs, by connection. */
export function differencesOf(readings: readonly Reading[]): Record<string, Differences> {
  const differing = readings.filter(({ differences }) => Object.keys(differences).length > 0);
  return Object.fromEntries(differing.map(({ recorded, differences }) => [recorded.name, differences]));
}

/** Connections that were given a reason which does not hold of them. */
export function misjudged(readings: readonly Reading[], reasons: Readonly<Record<string, Reason>>): string[] {
  return Object.entries(reasons).flatMap(([word, { when, explained }]) =>
    readings
      .filter((reading) => reading.recorded.name in explained && !when(reading))
      .map(({ recorded }) => `${recorded.name}: ${word}`),
  );
}

/** The rows of a table in docs/agreement.md: how many agree, and how many do not for which reason. */
export function agreementRows(
  readings: readonly Reading[],
  reasons: Readonly<Record<string, Reason>>,
): (readonly [string, string])[] {
  const agreeing = readings.length - Object.keys(differencesOf(readings)).length;
  return [
    ["Agree", String(agreeing)],
    ...Object.values(reasons).map(
      ({ says, explained }) => [says, String(Object.keys(explained).length)] as const,
    ),
    ["All connections", String(readings.length)],
  ];
}

/** All that a client, or a server, sends in a connection. */
export function sentBy(peer: "client" | "server", { conversation }: Recorded): string[] {
  return conversation.steps.flatMap((step) =>
    step.kind === "send" && step.peer === peer ? [Buffer.from(step.bytes).toString("latin1")] : [],
  );
}
