import type { Case } from "./case.ts";
import type { Seed } from "./corpus.ts";
import type { FastRandom } from "./random.ts";

/** Writes the script of one connection; what it is told to say it may change and cut. */
export interface Speaker {
  readonly random: FastRandom;
  /** Bytes of one peer. */
  send(isClient: boolean, bytes: Uint8Array): void;
  /** Something that no transcript asks for: time, an end, bytes of another conversation. */
  stray(): void;
  /** Steps so far; `forget` takes back those behind. */
  readonly said: number;
  forget(said: number): void;
}

/** The language of a protocol. */
export interface Speech {
  /** Bytes that decide something more often than others. */
  readonly telling: readonly number[];
  /** Pieces that mean something somewhere: put into the bytes of either peer. */
  readonly tokens: readonly Uint8Array[];
  /** Makes a conversation up. */
  imagine(speaker: Speaker): void;
  /**
   * Adds `bytes` to `into` with a change that keeps to the structure of the protocol for the most part. False: nothing
   * was added, as there is no structure in them.
   */
  restructure(random: FastRandom, bytes: Uint8Array, into: Case): boolean;
}

/** What a protocol brings to be fuzzed. */
export type SpeechOf = (corpus: readonly Seed[]) => Speech;
