// What no client should do to slapd, and what slapd does about it.

import { element, message, searchRequest, text } from "../../../bench/ldap/messages.ts";
import { LdapWire } from "./ldap/client.ts";
import { describeScenarios } from "./ldap/described.ts";
import { PEOPLE, SUFFIX } from "./ldap/directory.ts";
import { RESTING, search, talk, unbind, whoami } from "./ldap/requests.ts";
import type { Scenario } from "./ldap/scenarios.ts";

const scenarios: Scenario[] = [
  {
    name: "ids",
    title: "message IDs twice, 0 and negative",
    play: async ({ port }) => {
      const negative = element(0x30, Buffer.from("0204ffffff85", "hex"), whoami(1).subarray(5));
      await talk(port, [search(7, RESTING), search(7, PEOPLE, 0), whoami(0), negative, whoami(8)], 5);
    },
    book: {
      "anomalies duplicate_msgid": 1,
      "anomalies msgid_negative": 1,
      "anomalies msgid_zero": 1,
      "connection_ends client_close": 1,
      "extended whoami": 3,
      "operations answered": 5,
      "requests extended": 3,
      "requests search": 2,
      "responses success extended": 3,
      "responses success search": 2,
      "result_codes 0": 5,
      search_entries: 1,
      "search_filters presence": 2,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches base": 1,
      "searches sub": 1,
    },
  },
  {
    name: "behind_unbind",
    title: "a request behind Unbind",
    play: async ({ port }) => {
      const wire = await LdapWire.connect(port);
      wire.send(whoami(1));
      await wire.result();
      wire.send(unbind(2), whoami(3));
      await wire.rest();
    },
    // What came in one segment with Unbind slapd leaves alone, and counts neither.
    unseen: { unbind: -1, extended: -1 },
    book: {
      "anomalies after_unbind": 1,
      "connection_ends unbind": 1,
      "extended whoami": 2,
      "operations answered": 1,
      "operations unanswered": 1,
      "requests extended": 2,
      "requests unbind": 1,
      "responses success extended": 1,
      "result_codes 0": 1,
    },
  },
  {
    name: "empty",
    title: "connections that say nothing, as of those who look whether slapd is there",
    play: async ({ port }) => {
      for (let i = 0; i < 3; i++) await talk(port, [], 0);
    },
    book: {
      "connection_ends empty": 3,
    },
  },
  {
    name: "deep",
    title: "a filter of 1,500 levels, which slapd ends the connection for",
    play: async ({ port }) => {
      let filter = text("objectClass", 0x87);
      for (let i = 0; i < 1_500; i++) filter = element(0xa2, filter);
      await talk(port, [whoami(1), searchRequest(2, { base: SUFFIX, scope: 0, filter })]);
    },
    book: {
      "anomalies filter_too_deep": 1,
      "connection_ends notice": 1,
      "extended whoami": 1,
      "limits_reached depth": 1,
      "operations answered": 1,
      "operations unanswered": 1,
      "requests extended": 1,
      "requests search": 1,
      "responses success extended": 1,
      "result_codes 0": 1,
      "search_filters invalid": 1,
      "searches base": 1,
      "unsolicited disconnect": 1,
    },
  },
  {
    name: "malformed",
    title: "messages that slapd ends the connection for",
    play: async ({ port }) => {
      for (const bytes of MALFORMED) await talk(port, [Buffer.from(bytes, "hex")]);
    },
    book: {
      "anomalies bad_tag": 1,
      "anomalies child_overrun": 1,
      "anomalies indefinite": 1,
      "anomalies len_octets_gt4": 1,
      "anomalies zero_length": 1,
      "connection_ends server_close": 5,
      "opaque_connections not_ldap": 5,
    },
  },
  {
    name: "malformed_later",
    title: "the same behind a message that is one",
    play: async ({ port }) => {
      for (const bytes of MALFORMED) {
        const wire = await LdapWire.connect(port);
        wire.send(whoami(1));
        await wire.result();
        wire.send(Buffer.from(bytes, "hex"));
        await wire.rest();
      }
    },
    book: {
      "anomalies bad_tag": 1,
      "anomalies child_overrun": 1,
      "anomalies indefinite": 1,
      "anomalies len_octets_gt4": 1,
      "anomalies zero_length": 1,
      "connection_ends server_close": 5,
      "extended whoami": 5,
      "opaque_connections desync": 5,
      "operations answered": 5,
      "requests extended": 5,
      "responses success extended": 5,
      "result_codes 0": 5,
    },
  },
  {
    name: "unknown",
    title: "operations that there are none of",
    play: async ({ port }) => {
      // A tag that is free, a response, and one with its constructed bit the wrong way round.
      for (const tag of [0x7e, 0x61, 0x62]) await talk(port, [message(1, element(tag))]);
    },
    book: {
      "anomalies response_from_client": 1,
      "anomalies unknown_op": 2,
      "connection_ends notice": 3,
      "operations unanswered": 3,
      "requests unknown": 3,
      "unsolicited disconnect": 3,
    },
  },
];

/** A length in five octets, the indefinite form, no length at all, what is longer than its message, another tag. */
const MALFORMED = [
  "308500000000070201014200",
  "3080020101420000000000",
  "3000",
  "30050201014205",
  "0203020101",
];

describeScenarios("Faults before slapd", scenarios);
