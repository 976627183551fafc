import { expect } from "vitest";
import { type Scenario, testLinear } from "../support/work.ts";
import {
  BIND,
  DELETE,
  GENEROUS,
  MOST_MEMORY,
  MOST_OPERATIONS,
  SEARCH,
  Session,
  abandon,
  each,
  entry,
  hex,
  many,
  message,
  result,
  wait,
} from "../support/ldap-work.ts";

const RECORDED = { access_log: { record: true, identities: "plain" } };

const SCENARIOS: readonly Scenario<Session>[] = [
  {
    name: "100,000 Abandons of nothing",
    size: 100_000,
    play: (session, size) => session.client(each(size, (i) => abandon(i, i + 1_000_000))),
    proof: (session, size) => expect(session.value("requests_total.op.abandon")).toBe(size),
  },
  {
    name: "100,000 searches, each abandoned, and answered late",
    size: 100_000,
    play: (session, size) => {
      for (let i = 1; i <= size; i++) {
        session.client(Buffer.concat([message(i, SEARCH), abandon(0, i)]));
        session.server(result(0x65, i));
      }
    },
    proof: (session, size) => {
      expect(session.value("operations_total.outcome.abandoned")).toBe(size);
      expect(session.value("responses_unmatched_total.kind.late")).toBe(size);
    },
  },
  {
    name: "100,000 outstanding operations, the oldest of which have to go",
    size: 100_000,
    play: wait,
    proof: (session, size) => {
      expect(session.value("operations_total.outcome.evicted")).toBe(size - 1_024);
      expect(session.value("operations_total.outcome.unanswered")).toBe(1_024);
    },
  },
  {
    name: "the most outstanding operations, answered in their order",
    configuration: GENEROUS,
    size: MOST_OPERATIONS,
    prepare: wait,
    play: (session, size) => session.server(each(size, (i) => result(0x65, i + 1))),
    proof: (session, size) => expect(session.value("operations_total.outcome.answered")).toBe(size),
    memory: MOST_MEMORY,
  },
  {
    name: "the most outstanding operations, answered the other way round",
    configuration: { ...GENEROUS, ...RECORDED },
    size: MOST_OPERATIONS,
    prepare: wait,
    play: (session, size) => session.server(each(size, (i) => result(0x65, size - i))),
    proof: (session, size) => expect(session.value("operations_total.outcome.answered")).toBe(size),
    memory: MOST_MEMORY,
  },
  {
    name: "the most outstanding operations, all under one ID",
    configuration: GENEROUS,
    size: MOST_OPERATIONS,
    play: (session, size) => {
      session.client(many(message(7, SEARCH), size));
      session.server(many(result(0x65, 7), size));
    },
    proof: (session, size) => {
      expect(session.value("operations_total.outcome.answered")).toBe(size);
      expect(session.value("responses_unmatched_total.kind.unmatched")).toBe(0);
    },
    memory: MOST_MEMORY,
  },
  {
    name: "another kind under the ID of the most outstanding operations",
    configuration: GENEROUS,
    size: MOST_OPERATIONS,
    play: (session, size) => {
      session.client(many(message(7, SEARCH), size - 1));
      const one = message(7, DELETE);
      for (let i = 0; i < size; i++) {
        session.client(one);
        session.server(result(0x6b, 7));
      }
    },
    proof: (session, size) => {
      expect(session.value("responses_total.op.delete.class.success")).toBe(size);
      expect(session.value("operations_total.outcome.unanswered")).toBe(size - 1);
    },
    memory: MOST_MEMORY,
  },
  {
    name: "entries and intermediate responses under the ID of the most outstanding operations",
    configuration: GENEROUS,
    size: MOST_OPERATIONS,
    play: (session, size) => {
      session.client(many(message(7, SEARCH), size));
      session.server(many(entry(7), size));
      session.server(many(message(7, hex("7900")), size));
    },
    proof: (session, size) => expect(session.value("search_entries_total")).toBe(size),
    memory: MOST_MEMORY,
  },
  {
    name: "the most outstanding operations, dropped by a bind",
    configuration: GENEROUS,
    size: MOST_OPERATIONS,
    play: (session, size) => {
      wait(session, size - 1);
      session.client(message(0, BIND));
      session.server(result(0x61, 0));
    },
    proof: (session, size) =>
      expect(session.value("operations_total.outcome.dropped_by_bind")).toBe(size - 1),
    memory: MOST_MEMORY,
  },
  {
    name: "the most outstanding binds, answered the other way round",
    configuration: GENEROUS,
    size: MOST_OPERATIONS,
    play: (session, size) => {
      session.client(each(size - 1, (i) => message(i + 1, BIND)));
      session.client(message(0, SEARCH));
      session.server(each(size - 1, (i) => result(0x61, size - 1 - i)));
    },
    proof: (session, size) => expect(session.value("bind_results_total.result.success")).toBe(size - 1),
    memory: MOST_MEMORY,
  },
  {
    name: "message IDs that would share a bucket",
    configuration: GENEROUS,
    size: MOST_OPERATIONS,
    play: (session, size) => {
      session.client(each(size, (i) => message(colliding(i), SEARCH)));
      session.server(each(size, (i) => result(0x65, colliding(i))));
    },
    proof: (session, size) => expect(session.value("operations_total.outcome.answered")).toBe(size),
    memory: MOST_MEMORY,
  },
  {
    name: "responses that nothing waits for",
    size: 100_000,
    prepare: (session) => {
      wait(session, 64);
      session.server(each(64, (i) => result(0x65, i + 1)));
    },
    play: (session, size) => session.server(each(size, (i) => result(0x65, i + 1_000))),
    proof: (session, size) => expect(session.value("responses_unmatched_total.kind.unmatched")).toBe(size),
  },
];

testLinear(SCENARIOS, (configuration) => new Session(configuration));

/** Of a table whose index is `id * 0x9e3779b1`, folded, all in one bucket: multiples that keep the fold. */
function colliding(i: number): number {
  const inverse = 0x0e8b2f51;
  const half = i & 0xffff;
  return Math.imul(inverse, (half << 16) | half) >>> 0;
}
