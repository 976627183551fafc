import type { CapturePeer } from "../connection.ts";
import type { Change } from "./changes.ts";

/** A line of a time line, without its time. */
export interface Remark {
  readonly from: CapturePeer | undefined;
  /** What was sent, fit to be shown. */
  readonly text: string;
  /** What the filter made of it. */
  readonly outcome: readonly string[];
  /** It was sent before what is told now: nothing was to be said of it alone. */
  readonly isEarlier?: boolean;
}

/** Reads the bytes of one connection for display; what they were it takes from the filter's own counting. */
export interface Reading {
  /** How many of the next bytes to hand to the filter at once, so that its counting can be told apart; at least 1. */
  next(from: CapturePeer, bytes: Uint8Array): number;
  /** The filter has taken these bytes, and this is what it counted. */
  took(from: CapturePeer, bytes: Uint8Array, changes: readonly Change[]): Remark[];
  /** So many bytes were not captured. */
  lost(from: CapturePeer, count: number, changes: readonly Change[]): Remark[];
  /** The capture begins here, an end came, or the connection is over. */
  happened(from: CapturePeer | undefined, what: string, changes: readonly Change[]): Remark[];
  /** What is still to be told when the capture ends. */
  finish(): Remark[];
}

/** For filters whose protocol is not known here: sizes, and metrics as they are named. */
export class PlainReading implements Reading {
  next(_from: CapturePeer, bytes: Uint8Array): number {
    return bytes.length;
  }

  took(from: CapturePeer, bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    return [{ from, text: `(${bytes.length} bytes)`, outcome: changes.map(named) }];
  }

  lost(from: CapturePeer, count: number, changes: readonly Change[]): Remark[] {
    return this.happened(from, `${count} bytes not captured`, changes);
  }

  happened(from: CapturePeer | undefined, what: string, changes: readonly Change[]): Remark[] {
    return [{ from, text: `(${what})`, outcome: changes.map(named) }];
  }

  finish(): Remark[] {
    return [];
  }
}

function named({ metric, labels, by, samples }: Change): string {
  const shown = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  const name = [metric, ...shown].join(" ");
  return samples.length > 0 ? `${name}: ${samples.join(", ")}` : `${name} +${by}`;
}
