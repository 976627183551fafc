// Work is counted, not timed: entries of functions, turns of loops, bytes copied and fetched, host calls. What is
// linear takes twice as much for twice as much.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, Driver, type Code } from "../fuzz/driver.ts";
import { ledgerModule } from "../fuzz/ledger.ts";
import { countingWork } from "../fuzz/prepare.ts";
import { modulePath } from "./modules.ts";

/** Twice the input, a table that grows, and rounding. */
const MOST_FOR_TWICE = 2.2;

export const MIB = 1 << 20;

/** Linear memory that one connection may need where nothing is configured. */
const MEMORY = 4 * MIB;

/** A built module that counts its work. */
export function counted(protocol: string): Code {
  return compile(countingWork(readFileSync(modulePath(protocol))), ledgerModule());
}

/** One connection in a VM of its own. */
export class CountedSession {
  readonly driver: Driver;
  private readonly protocol: string;
  private readonly id: number;

  constructor(code: Code, protocol: string, configuration: object) {
    this.driver = new Driver(code);
    this.protocol = protocol;
    this.id = this.driver.newConnection(this.driver.startRoot(JSON.stringify(configuration)), new Map());
  }

  client(bytes: string | Uint8Array): void {
    const octets = Buffer.from(bytes);
    this.driver.deliver("downstream", this.id, octets, 0, octets.length, false);
  }

  server(bytes: string | Uint8Array): void {
    const octets = Buffer.from(bytes);
    this.driver.deliver("upstream", this.id, octets, 0, octets.length, false);
  }

  /** Bytes that nobody may want to see: there are none. */
  clientUnseen(count: number): void {
    this.driver.deliver("downstream", this.id, NOTHING, 0, count, false);
  }

  /** The same of the server's. */
  serverUnseen(count: number): void {
    this.driver.deliver("upstream", this.id, NOTHING, 0, count, false);
  }

  close(): void {
    this.driver.close(this.id, 2, new Map());
  }

  value(name: string): number {
    this.driver.settle();
    return this.driver.stats.value(`${this.protocol}.default.${name}`) ?? NaN;
  }

  /** What the samples of a distribution come to. */
  sum(name: string): bigint {
    this.driver.settle();
    return this.driver.stats.histogram(`${this.protocol}.default.${name}`)?.sum ?? -1n;
  }
}

const NOTHING = new Uint8Array(0);

export interface Scenario<S extends CountedSession> {
  readonly name: string;
  readonly configuration?: object;
  /** The larger size; the smaller is half of it. */
  readonly size: number;
  readonly prepare?: (session: S, size: number) => void;
  readonly play: (session: S, size: number) => void;
  /** What has to be true afterwards, so that the scenario is what it says. */
  readonly proof: (session: S, size: number) => void;
  /** Linear memory that it may need, in bytes. */
  readonly memory?: number;
  /** Bytes that may be fetched; undefined: as many as there are. */
  readonly fetched?: number;
}

/** A test for each scenario: twice as much is twice the work. */
export function testLinear<S extends CountedSession>(
  scenarios: readonly Scenario<S>[],
  open: (configuration: object) => S,
): void {
  describe("twice as much is twice the work:", () => {
    for (const scenario of scenarios) {
      test(scenario.name, () => {
        const half = cost(scenario, scenario.size / 2, open);
        const whole = cost(scenario, scenario.size, open);
        expect(half).toBeGreaterThan(0);
        expect(whole / half).toBeLessThanOrEqual(MOST_FOR_TWICE);
      });
    }
  });
}

function cost<S extends CountedSession>(
  scenario: Scenario<S>,
  size: number,
  open: (configuration: object) => S,
): number {
  const session = open(scenario.configuration ?? {});
  scenario.prepare?.(session, size);
  const { driver } = session;
  const sum = (): number => driver.work + driver.fetched + driver.hostCalls;
  const [before, fetchedBefore] = [sum(), driver.fetched];
  scenario.play(session, size);
  const after = sum();
  expect(driver.fetched - fetchedBefore).toBeLessThanOrEqual(scenario.fetched ?? Infinity);
  session.close();
  scenario.proof(session, size);
  expect(driver.memoryBytes).toBeLessThanOrEqual(scenario.memory ?? MEMORY);
  return after - before;
}
