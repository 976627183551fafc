/** LDAP: searches from ldclt to slapd. */

import { anyPort } from "../../host/envoy/ports.ts";
import {
  alternately,
  levelsOf,
  segmented,
  type Duty,
  type Exchange,
  type Load,
  type Protocol,
  type Step,
} from "../protocol.ts";
import { runLdclt, type LdcltOptions } from "./ldclt.ts";
import { requireProgram } from "./programs.ts";
import { PHOTOS, startSlapd, USERS } from "./slapd.ts";
import { bind, everyday, photo, search, type Operation } from "./traffic.ts";

const MODULE = "build/ldap.wasm";

const THREADS = 4;

const SMALL = { folder: "people", letter: "u", users: USERS };
const LARGE = { folder: "photos", letter: "p", users: PHOTOS };

/** A search that finds one entry: 2 readings and 7 samples; of large values the beginning is fetched. */
const DUTY: Duty = {
  chunks: 1,
  clientClocks: 2,
  clientSamples: 7,
  serverClocks: 0,
  serverSamples: 0,
  fetched: 1_024,
};

/** The numbers of searches give each slice about a quarter of a second of Envoy's CPU. */
const LOADS: readonly Load[] = [
  load("entry of 300 bytes", 3_000, SMALL, 1.12),
  load("entry with a value of 60 kB", 2_000, LARGE, 1),
  load("entry of 300 bytes, 10 searches at a time", 3_000, { ...SMALL, pending: 10 }),
];

/** Operations that are repeated in the TypeScript host: as many as give segments of 16 KiB on both sides. */
const ROUNDS = 40;

const IN_SEGMENTS = "everyday mix in segments of 16 KiB";

export const LDAP: Protocol = {
  name: "ldap",
  title: "LDAP",
  module: MODULE,
  filters: levelsOf("ldap", MODULE),
  duty: DUTY,
  unit: "search",
  hostUnit: "PDU",
  loads: LOADS,
  exchanges: [
    asSent("everyday mix, each PDU in a chunk", everyday(1)),
    inSegments(IN_SEGMENTS, manyDays()),
    asSent("value of 60 kB", [photo(1, 60_000)]),
  ],
  opening: alternately(
    ...[bind(1), search(2, 1)].flatMap(({ request, responses }) => [request, Buffer.concat(responses)]),
  ),
  unanswered: (number) => search(number, 0).request,
  promises: {
    variant: "ldap standard",
    moduleBytes: 48 * 1024,
    idleBytes: 1024,
    outstandingBytes: 64,
    throughput: { exchange: IN_SEGMENTS, atLeast: 2e6 },
  },
  requirePrograms: () => {
    requireProgram("ldclt");
    requireProgram("slapd");
  },
  startServer: async () => startSlapd(requireProgram("slapd"), await anyPort()),
};

type Searches = Pick<LdcltOptions, "folder" | "letter" | "users" | "pending">;

function load(name: string, units: number, searches: Searches, limit?: number): Load {
  return {
    name,
    units,
    limit,
    send: async (port, count) => {
      const options = { ...searches, port, threads: THREADS, searches: Math.ceil(count / THREADS) };
      const { code, output } = await runLdclt(requireProgram("ldclt"), options);
      if (code !== 0 || !output.includes("no error occurs"))
        throw new Error(`ldclt failed: ${output.trim()}`);
    },
  };
}

/** Each message in a chunk of its own: Envoy reads up to 128 KiB at once where a server has sent so much. */
function asSent(name: string, operations: readonly Operation[]): Exchange {
  const steps = operations.flatMap(({ request, responses }): Step[] => [
    { from: "client", bytes: request },
    ...responses.map((bytes): Step => ({ from: "server", bytes })),
  ]);
  return { name, steps, units: count(operations) };
}

/** Many requests at a time, as where connections are shared, or a capture is read. */
function inSegments(name: string, operations: readonly Operation[]): Exchange {
  const requests = Buffer.concat(operations.map(({ request }) => request));
  const responses = Buffer.concat(operations.flatMap((one) => one.responses));
  const steps = [...segmented("client", requests), ...segmented("server", responses)];
  return { name, steps, units: count(operations) };
}

/** Binds come first: what is outstanding at a bind's response would be dropped. */
function manyDays(): Operation[] {
  const days = Array.from({ length: ROUNDS }, (_, day) => everyday(1 + 10 * day));
  return [...days.flatMap((day) => day.slice(0, 1)), ...days.flatMap((day) => day.slice(1))];
}

function count(operations: readonly Operation[]): number {
  return operations.reduce((sum, { responses }) => sum + 1 + responses.length, 0);
}
