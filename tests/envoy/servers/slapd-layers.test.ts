// TLS and SASL's security layers between OpenLDAP's clients and slapd: what the filter can read it counts as slapd
// does, and of what it cannot read it says so.

import type { Books } from "../support/books.ts";
import { LdapWire } from "./ldap/client.ts";
import { describeScenarios } from "./ldap/described.ts";
import { PASSWORD, PEOPLE, person, SUFFIX } from "./ldap/directory.ts";
import { search as everyone, RESTING, startTls } from "./ldap/requests.ts";
import type { Scenario } from "./ldap/scenarios.ts";

const ann = ["-x", "-D", person("ann"), "-w", PASSWORD];
const digest = (properties: string): string[] => [
  ...["-N", "-Q", "-Y", "DIGEST-MD5", "-U", "ann", "-w", PASSWORD, "-O", properties],
];
const ticket = (mechanism: string, properties: string): string[] => [
  "-N",
  "-Q",
  "-Y",
  mechanism,
  "-O",
  properties,
];
const search = (args: readonly string[]): string[] => [
  ...["ldapsearch", "-LLL", ...args, "-b", PEOPLE, "(uid=u*)", "uid", "-E", "pr=100/noprompt"],
];

/** No layer, integrity, confidentiality (RFC 4752 §3.3). */
const LAYERS = { none: "maxssf=0", sign: "minssf=1,maxssf=1", seal: "minssf=56" } as const;

/** What {@link search} makes slapd count. */
const SEARCHED = { search: 2, unbind: 1, entries: 200, pdu: 202, bytes: 12_510 };

/** The length word, and the token (RFC 4121 §4.2.6.2 with a checksum of 12; RFC 1964 §1.2.2 with padding). */
const WRAPPING = { aes: 4 + 16 + 12, rc4: 4 + 46 };

/** A connection until StartTLS. */
const STARTED: Books = {
  connection_ends: 1,
  "extended starttls": 1,
  "opaque_connections starttls": 1,
  "operations answered": 1,
  "requests extended": 1,
  "responses success extended": 1,
  "result_codes 0": 1,
  "starttls accepted": 1,
  "starttls requested": 1,
};

/** A bind of that many requests. */
function bound(mechanism: string, requests: number): Books {
  return {
    [`bind_mechanisms ${mechanism}`]: 1,
    "bind_results success": 1,
    "binds sasl": 1,
    "requests bind": requests,
    "responses success bind": 1,
    ...(requests > 1 && { "responses continue bind": requests - 1, "result_codes 14": requests - 1 }),
  };
}

/** Behind {@link bound}, what {@link search} does, readable. */
function read(requests: number): Books {
  return {
    "connection_ends unbind": 1,
    "controls paged client": 2,
    "controls paged server": 2,
    "operations answered": requests + 2,
    page_size_count: 2,
    "requests search": 2,
    "requests unbind": 1,
    "responses success search": 2,
    "result_codes 0": 3,
    search_entries: 200,
    "search_filters substr_initial": 2,
    "search_traits paged": 2,
    "search_traits paged_continuation": 1,
    "searches sub": 2,
  };
}

/** Behind {@link bound}, a layer that cannot be read. */
function opaque(requests: number, protection: "sealed" | "unknown"): Books {
  return {
    connection_ends: 1,
    [`opaque_connections sasl_${protection}`]: 1,
    "operations answered": requests,
    "result_codes 0": 1,
    [`sasl_buffers client ${protection}`]: 1,
  };
}

const SIGNED: Books = { "sasl_buffers client signed": 3, "sasl_buffers server signed": 202 };

const scenarios: Scenario[] = [
  {
    name: "starttls",
    title: "StartTLS that is accepted: nothing behind it is read",
    play: async ({ run, slapd }) => {
      await run(0, ["ldapsearch", "-ZZ", ...ann, "-b", SUFFIX, "-s", "base"], { environment: slapd.trust });
    },
    unseen: { bind: 1, search: 1, unbind: 1, entries: 1, pdu: 3, bytes: 98 },
    book: STARTED,
    records: [
      { opaque: "starttls", starttls: "accepted", entries: 0, operations: { extended: { success: 1 } } },
    ],
  },
  {
    name: "starttls_external",
    title: "StartTLS with a certificate as the client's name",
    play: async ({ run, slapd }) => {
      await run(0, ["ldapwhoami", "-ZZ", "-Q", "-Y", "EXTERNAL"], { environment: slapd.trust });
    },
    unseen: { bind: 1, extended: 1, unbind: 1, pdu: 2, bytes: 46 },
    book: STARTED,
  },
  {
    name: "starttls_refused",
    title: "StartTLS that slapd refuses, as a search is under way, goes on in the clear",
    play: async ({ port }) => {
      const wire = await LdapWire.connect(port);
      wire.send(everyone(1, RESTING), startTls(2), everyone(3, PEOPLE));
      for (const id of [2, 3, 1]) await wire.result(id);
      wire.leave();
      await wire.rest();
    },
    book: {
      "connection_ends client_close": 1,
      "extended starttls": 1,
      "operations answered": 3,
      "requests extended": 1,
      "requests search": 2,
      "responses security extended": 1,
      "responses success search": 2,
      "result_codes 0": 2,
      "result_codes 1": 1,
      search_entries: 205,
      "search_filters presence": 2,
      "search_traits unindexed_suspect": 2,
      "search_traits whole_base": 2,
      "searches sub": 2,
      "starttls pipelined": 1,
      "starttls refused": 1,
      "starttls requested": 1,
    },
  },
  {
    name: "ldaps",
    title: "TLS from the first byte on",
    listener: "tls",
    play: async ({ run, slapd }) => {
      await run(0, ["ldapsearch", ...ann, "-b", SUFFIX, "-s", "base"], { environment: slapd.trust });
    },
    unseen: { bind: 1, search: 1, unbind: 1, entries: 1, pdu: 3, bytes: 98 },
    book: { connection_ends: 1, "opaque_connections tls_first": 1 },
  },
  {
    name: "tls_on_plain",
    title: "TLS at slapd's port for LDAP, which ends the connection",
    play: async ({ run, slapd, port }) => {
      const url = `ldaps://mx.example:${port}`;
      await run(255, ["ldapwhoami", "-x", "-H", url], { environment: slapd.trust });
    },
    book: { "connection_ends server_close": 1, "opaque_connections tls_first": 1 },
  },
  ...(["none", "sign", "seal"] as const).map((layer): Scenario => ({
    name: `digest_${layer}`,
    title: `DIGEST-MD5, layer: ${layer}`,
    play: async ({ run }) => {
      await run(0, search(digest(LAYERS[layer])));
    },
    ...(layer === "none" ? {} : { unseen: SEARCHED }),
    book: { ...bound("digest_md5", 2), ...(layer === "none" ? read(2) : opaque(2, "unknown")) },
  })),
  ...(["aes", "rc4"] as const).flatMap((encryption) =>
    (["none", "sign", "seal"] as const).map((layer): Scenario => ({
      name: `gssapi_${encryption}_${layer}`,
      title: `GSSAPI with ${encryption}, layer: ${layer}`,
      play: async ({ run, kerberos }) => {
        await run(0, search(ticket("GSSAPI", LAYERS[layer])), { environment: kerberos?.clients[encryption] });
      },
      ...(layer === "seal" ? { unseen: SEARCHED } : {}),
      records: [
        {
          bind: { method: "sasl", mechanism: "gssapi", result: "success" },
          entries: layer === "seal" ? 0 : 200,
          ...(layer === "seal" && { opaque: "sasl_sealed" }),
        },
      ],
      ...(layer === "sign" ? { wrapping: WRAPPING[encryption] } : {}),
      book: {
        ...bound("gssapi", 3),
        ...(layer === "seal" ? opaque(3, "sealed") : read(3)),
        ...(layer === "sign" ? SIGNED : {}),
      },
    })),
  ),
  {
    name: "spnego",
    title: "GSS-SPNEGO, which seals though less was asked for",
    play: async ({ run, kerberos }) => {
      await run(0, search(ticket("GSS-SPNEGO", LAYERS.sign)), { environment: kerberos?.clients.aes });
    },
    unseen: SEARCHED,
    book: { ...bound("gss_spnego", 1), ...opaque(1, "sealed") },
  },
];

describeScenarios("Security layers with slapd", scenarios, { kerberos: "needed" });
