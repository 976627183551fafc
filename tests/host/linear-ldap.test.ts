import { describe, expect, test } from "vitest";
import { element } from "../fuzz/ldap/ber.ts";
import { MIB, testLinear, type Scenario } from "../support/work.ts";
import {
  DELETE,
  GENEROUS,
  OK,
  PRESENT,
  SEARCH,
  Session,
  each,
  entry,
  hex,
  many,
  message,
  nest,
  result,
  search,
  text,
} from "../support/ldap-work.ts";

/** What a message has in front of its operation, and what goes on behind it, is little: so much of it is looked at. */
const HEADERS = 200;

/** What Envoy reads at once. */
const READ = 16 << 10;

/** As much of a large chunk is looked at to see what of it can be skipped. */
const LOOK = 1 << 10;

const SCENARIOS: readonly Scenario<Session>[] = [
  {
    name: "filters nested 10,000 deep",
    configuration: GENEROUS,
    size: 10_000,
    play: (session, size) => session.client(message(1, search(nest(0xa2, size, PRESENT)))),
    proof: (session) => {
      expect(session.value("limits_reached_total.cap.depth")).toBe(1);
      expect(session.value("search_filters_total.shape.invalid")).toBe(1);
      expect(session.value("requests_total.op.search")).toBe(1);
    },
  },
  {
    name: "filters nested 10,000 deep in single bytes",
    size: 10_000,
    play: (session, size) => {
      for (const byte of message(1, search(nest(0xa0, size, PRESENT)))) session.client(Uint8Array.of(byte));
    },
    proof: (session) => expect(session.value("anomalies_total.kind.filter_too_deep")).toBe(1),
  },
  {
    name: "a filter of 100,000 nodes",
    configuration: GENEROUS,
    size: 100_000,
    play: (session, size) => session.client(message(1, search(element(0xa1, [many(PRESENT, size)])))),
    proof: (session, size) => {
      expect(session.sum("search_filter_nodes")).toBe(BigInt(size + 1));
      expect(session.value("search_filters_total.shape.compound_no_eq")).toBe(1);
    },
  },
  {
    name: "a filter of 100,000 nodes, of which some count",
    size: 100_000,
    play: (session, size) => session.client(message(1, search(element(0xa1, [many(PRESENT, size)])))),
    proof: (session) => expect(session.value("limits_reached_total.cap.nodes")).toBe(1),
  },
  {
    name: "100,000 substrings",
    size: 100_000,
    play: (session, size) => {
      const parts = element(0x30, [many(text("x", 0x81), size)]);
      session.client(message(1, search(element(0xa4, [text("cn"), parts]))));
    },
    proof: (session) => expect(session.value("search_filters_total.shape.substr_leading")).toBe(1),
  },
  {
    name: "100,000 attributes of a search",
    configuration: GENEROUS,
    size: 100_000,
    play: (session, size) => session.client(message(1, search(PRESENT, many(text("cn"), size)))),
    proof: (session, size) => expect(session.sum("search_attributes")).toBe(BigInt(size)),
  },
  {
    name: "10,000 controls of a request",
    configuration: GENEROUS,
    size: 10_000,
    play: (session, size) => {
      const control = element(0x30, [
        text("1.2.840.113556.1.4.319"),
        hex("0101ff"),
        text(hex("3005020164 0400")),
      ]);
      session.client(message(1, SEARCH, element(0xa0, [many(control, size)])));
    },
    proof: (session, size) => {
      expect(session.value("controls_total.control.paged.from.client")).toBe(size);
      expect(session.value("critical_controls_total")).toBe(size);
    },
  },
  {
    name: "10,000 referrals of a response",
    size: 10_000,
    prepare: (session) => session.client(message(1, SEARCH)),
    play: (session, size) => {
      const referral = element(0xa3, [many(text("ldap://directory.example"), size)]);
      session.server(message(1, element(0x65, [OK, referral])));
    },
    proof: (session) => expect(session.value("referrals_total.kind.final")).toBe(1),
  },
  {
    name: "10,000 referral fields of a response",
    size: 10_000,
    prepare: (session) => session.client(message(1, SEARCH)),
    play: (session, size) => session.server(message(1, element(0x65, [OK, many(hex("a3020400"), size)]))),
    proof: (session) => expect(session.value("referrals_total.kind.final")).toBe(1),
  },
  {
    name: "10,000 elements behind an operation",
    size: 10_000,
    play: (session, size) => session.client(message(1, SEARCH, many(hex("a10101 820100"), size))),
    proof: (session) => expect(session.value("anomalies_total.kind.trailing_bytes")).toBe(1),
  },
  {
    name: "a message in single bytes",
    size: 200_000,
    play: (session, size) => {
      for (const byte of message(1, search(text("x".repeat(size), 0x87))))
        session.client(Uint8Array.of(byte));
    },
    proof: (session) => expect(session.value("search_filters_total.shape.presence")).toBe(1),
    fetched: HEADERS,
  },
  {
    name: "messages in single bytes",
    size: 10_000,
    play: (session, size) => {
      for (const byte of each(size, (i) => message(i % 100, SEARCH))) session.client(Uint8Array.of(byte));
    },
    proof: (session, size) => expect(session.value("requests_total.op.search")).toBe(size),
  },
  {
    name: "64 MiB in entries of 64 MiB",
    size: 64,
    prepare: (session) => session.client(message(1, SEARCH)),
    play: (session, size) => {
      const header = element(0x64, [text("cn=x"), element(0x30, [])]);
      const length = size * MIB - 64;
      session.server(
        hex(
          `3084${(length + 9).toString(16).padStart(8, "0")}0201016484${length.toString(16).padStart(8, "0")}`,
        ),
      );
      expect(header.length).toBeLessThan(HEADERS);
      for (let left = length; left > 0; left -= READ) session.serverUnseen(Math.min(READ, left));
      session.server(result(0x65, 1));
    },
    proof: (session, size) => {
      expect(session.value("search_entries_total")).toBe(1);
      expect(session.sum("response_bytes_per_search")).toBeGreaterThan(BigInt(size * MIB - 100));
    },
    fetched: HEADERS,
  },
  {
    name: "100,000 entries of a search",
    size: 100_000,
    prepare: (session) => session.client(message(1, SEARCH)),
    play: (session, size) => {
      const entries = many(entry(1), 1_000);
      for (let done = 0; done < size; done += 1_000) session.server(entries);
      session.server(result(0x65, 1));
    },
    proof: (session, size) => {
      expect(session.value("search_entries_total")).toBe(size);
      expect(session.sum("entries_per_search")).toBe(BigInt(size));
    },
  },
  {
    name: "a million tiny messages in one segment",
    size: 1_000_000,
    play: (session, size) => session.client(many(hex("3005020101 4200"), size)),
    proof: (session, size) => {
      expect(session.value("requests_total.op.unbind")).toBe(size);
      expect(session.value("anomalies_total.kind.after_unbind")).toBe(1_000);
    },
    memory: 5 * MIB,
  },
  {
    name: "SASL buffers of one message each",
    size: 20_000,
    prepare: layered,
    play: (session, size) => session.client(many(signed(message(2, hex("4200"))), size)),
    proof: (session, size) => expect(session.value("requests_total.op.unbind")).toBe(size),
  },
  {
    name: "a message in SASL buffers of one octet each",
    size: 20_000,
    prepare: layered,
    play: (session, size) => {
      const bytes = message(2, search(text("x".repeat(size), 0x87)));
      session.client(Buffer.concat([...bytes].map((byte) => signed(Uint8Array.of(byte)))));
    },
    proof: (session) => expect(session.value("requests_total.op.search")).toBe(1),
  },
  {
    name: "PLAIN credentials of 1 MiB",
    size: MIB,
    play: (session, size) => {
      const credentials = text(new Uint8Array(size).fill(0x61));
      const choice = element(0xa3, [text("PLAIN"), credentials]);
      session.client(message(1, element(0x60, [hex("020103 0400"), choice])));
    },
    proof: (session) => expect(session.value("binds_total.method.sasl")).toBe(1),
    memory: 6 * MIB,
  },
  {
    name: "numbers of 1 MiB",
    size: MIB,
    play: (session, size) => {
      const number = element(0x02, [new Uint8Array(size).fill(0x7f)]);
      session.client(element(0x30, [number, DELETE]));
    },
    proof: (session) => expect(session.value("anomalies_total.kind.msgid_wide")).toBe(1),
    memory: 6 * MIB,
  },
];

testLinear(SCENARIOS, (configuration) => new Session(configuration));

/** A layer that only signs is there. */
function layered(session: Session): void {
  session.client(message(1, element(0x60, [hex("020103 0400"), element(0xa3, [text("GSSAPI")])])));
  session.server(result(0x61, 1));
}

/** RFC 4121: no checksum at all. */
function signed(bytes: Uint8Array): Uint8Array {
  const token = Buffer.concat([hex("050400ff 0000 0000 0000000000000000"), bytes]);
  return Buffer.concat([Uint8Array.of(0, 0, 0, token.length), token]);
}

describe("a declared length", () => {
  const lengths = [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 64 * MIB + 1];

  test("beyond the limit is told by the header alone", () => {
    for (const length of lengths) {
      const session = new Session({});
      const { fetched } = session.driver;
      session.client(hex(`3084${length.toString(16).padStart(8, "0")}`));
      session.clientUnseen(2 ** 30);
      expect(session.driver.fetched - fetched).toBe(6);
      session.close();
      expect(session.value("limits_reached_total.cap.message")).toBe(1);
      expect(session.value("opaque_bytes_total.from.client")).toBe(6 + 2 ** 30);
    }
  });

  test("up to the limit costs no memory, and nothing is fetched for it", () => {
    const session = new Session({ limits: { message_bytes: 512 * MIB } });
    const before = session.driver.memoryBytes;
    const length = 512 * MIB;
    session.server(
      hex(`3084${length.toString(16).padStart(8, "0")} 020101 64 84 ${(length - 9).toString(16)}`),
    );
    const fetched = session.driver.fetched;
    session.serverUnseen(length - 9);
    expect(session.driver.fetched).toBe(fetched);
    session.server(entry(1));
    session.close();
    expect(session.value("search_entries_total")).toBe(2);
    expect(session.driver.memoryBytes).toBe(before);
  });

  test("inside of a message is told by the header, wherever it is", () => {
    const body = search(PRESENT);
    for (const length of lengths) {
      const huge = hex(`0484${length.toString(16).padStart(8, "0")}`);
      const bytes = message(1, Buffer.concat([body.subarray(0, 2), huge, body.subarray(4, body.length - 4)]));
      const session = new Session({});
      session.client(bytes);
      session.client(message(2, SEARCH));
      session.close();
      expect(session.value("anomalies_total.kind.child_overrun")).toBe(1);
      expect(session.value("requests_total.op.search")).toBe(2);
      expect(session.value("search_filters_total.shape.presence")).toBe(1);
    }
  });
});

describe("an entry of 64 MiB", () => {
  test("in reads of Envoy's size is fetched as far as one look", () => {
    const session = new Session({});
    session.client(message(1, SEARCH));
    const value = new Uint8Array(64 * MIB - 1_000);
    const bytes = message(1, element(0x64, [text("cn=x"), element(0x30, [text(value)])]));
    const before = session.driver.fetched;
    for (let at = 0; at < bytes.length; at += READ) session.server(bytes.subarray(at, at + READ));
    expect(session.driver.fetched - before).toBeLessThanOrEqual(LOOK);
    session.server(result(0x65, 1));
    session.close();
    expect(session.value("responses_total.op.search.class.success")).toBe(1);
  });
});
