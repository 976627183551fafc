// Binds of every kind with slapd through Envoy, good and bad: how they are counted, and what the access log says.

import { expect } from "vitest";
import { bindRequest } from "../../../bench/ldap/messages.ts";
import { LdapWire } from "./ldap/client.ts";
import { describeScenarios } from "./ldap/described.ts";
import { LOCKABLE, PASSWORD, person, SUFFIX } from "./ldap/directory.ts";
import { saslBind, unbind } from "./ldap/requests.ts";
import { sessions, type Scenario } from "./ldap/scenarios.ts";

const simple = (name: string, password: string): string[] => ["-x", "-D", name, "-w", password];
const whoami = (...args: readonly string[]): string[] => ["ldapwhoami", ...args];
const sasl = (mechanism: string, uid = "ann", password: string = PASSWORD): string[] => [
  ...["ldapwhoami", "-N", "-Q", "-Y", mechanism, "-U", uid, "-w", password],
  // PLAIN and LOGIN in the clear, and no layer behind DIGEST-MD5.
  ...["-O", "none,maxssf=0"],
];
const shown = (identities: string): object => ({ access_log: { record: true, identities } });

const scenarios: Scenario[] = [
  {
    name: "simple",
    title: "a simple bind with the name in the log",
    configuration: shown("plain"),
    play: async ({ run }) => {
      await run(0, whoami(...simple(person("ann"), PASSWORD)));
    },
    book: {
      ...sessions(1),
      "extended whoami": 1,
      "operations answered": 2,
      "requests extended": 1,
      "responses success extended": 1,
      "result_codes 0": 2,
    },
    records: [
      {
        end: "unbind",
        entries: 0,
        binds: 1,
        bind: { method: "simple", result: "success", name: person("ann") },
        operations: { bind: { success: 1 }, extended: { success: 1 } },
      },
    ],
  },
  {
    name: "failed",
    title: "wrong passwords, unknown names, names that are none; the log shows the domain",
    configuration: shown("domain"),
    play: async ({ run }) => {
      await run(49, whoami(...simple(person("ann"), "wrong")));
      await run(49, whoami(...simple(person("nobody"), PASSWORD)));
      await run(34, whoami(...simple("no name", PASSWORD)));
    },
    book: {
      "bind_results invalid_credentials": 2,
      "bind_results other": 1,
      "binds simple": 3,
      "cleartext_binds simple": 3,
      "connection_ends unbind": 3,
      "operations answered": 3,
      "requests bind": 3,
      "requests unbind": 3,
      "responses invalid bind": 1,
      "responses security bind": 2,
      "result_codes 34": 1,
      "result_codes 49": 2,
    },
    records: [
      {
        bind: { method: "simple", result: "invalid_credentials", name: "example.com" },
        operations: { bind: { security: 1 } },
      },
      { bind: { method: "simple", result: "other" }, operations: { bind: { invalid: 1 } } },
    ],
  },
  {
    name: "nameless",
    title: "anonymous, and a name without a password; the log shows a hash",
    configuration: { access_log: { record: true, identities: "hash", hash_key: "0123456789abcdef" } },
    play: async ({ run }) => {
      await run(0, whoami("-x"));
      await run(53, whoami("-x", "-D", person("ann"), "-w", ""));
    },
    book: {
      "bind_results success": 1,
      "bind_results unwilling": 1,
      "binds anonymous": 1,
      "binds unauthenticated": 1,
      "connection_ends unbind": 2,
      "extended whoami": 1,
      "operations answered": 3,
      "requests bind": 2,
      "requests extended": 1,
      "requests unbind": 2,
      "responses server bind": 1,
      "responses success bind": 1,
      "responses success extended": 1,
      "result_codes 0": 2,
      "result_codes 53": 1,
    },
    records: [
      { bind: { method: "anonymous", result: "success" } },
      {
        bind: {
          method: "unauthenticated",
          result: "unwilling",
          name: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        },
        operations: { bind: { server: 1 } },
      },
    ],
  },
  {
    name: "version2",
    title: "version 2 of the protocol, which slapd refuses",
    play: async ({ run }) => {
      await run(2, ["ldapsearch", "-P", "2", ...simple(person("ann"), PASSWORD), "-b", SUFFIX, "-s", "base"]);
    },
    book: {
      "anomalies version_not_3": 1,
      "bind_results protocol_error": 1,
      "binds v2": 1,
      "cleartext_binds simple": 1,
      "connection_ends unbind": 1,
      "operations answered": 1,
      "requests bind": 1,
      "requests unbind": 1,
      "responses invalid bind": 1,
      "result_codes 2": 1,
    },
    records: [{ bind: { method: "v2", result: "protocol_error" }, anomalies: ["version_not_3"] }],
  },
  {
    name: "lockout",
    title: "a password tried until the account is locked",
    play: async ({ run }) => {
      for (let i = 0; i < 3; i++)
        await run(49, whoami("-e", "ppolicy", ...simple(person(LOCKABLE), "wrong")));
      await run(49, whoami("-e", "ppolicy", ...simple(person(LOCKABLE), PASSWORD)));
    },
    book: {
      "bind_results invalid_credentials": 4,
      "binds simple": 4,
      "cleartext_binds simple": 4,
      "connection_ends unbind": 4,
      "controls ppolicy client": 4,
      "controls ppolicy server": 4,
      "operations answered": 4,
      "requests bind": 4,
      "requests unbind": 4,
      "responses security bind": 4,
      "result_codes 49": 4,
    },
  },
  {
    name: "repeated",
    title: "binds one after the other on one connection, the last of them wrong",
    configuration: shown("plain"),
    play: async ({ port }) => {
      const wire = await LdapWire.connect(port);
      const all = [
        bindRequest(1, person("ann"), PASSWORD),
        bindRequest(2, "", ""),
        bindRequest(3, person("ben"), PASSWORD),
        bindRequest(4, person("ben"), "wrong"),
      ];
      for (const one of all) {
        wire.send(one);
        await wire.answer();
      }
      wire.leave();
      await wire.rest();
    },
    book: {
      "bind_results invalid_credentials": 1,
      "bind_results success": 3,
      "binds anonymous": 1,
      "binds simple": 3,
      "cleartext_binds simple": 3,
      "connection_ends client_close": 1,
      "operations answered": 4,
      "requests bind": 4,
      "responses security bind": 1,
      "responses success bind": 3,
      "result_codes 0": 3,
      "result_codes 49": 1,
    },
    records: [
      {
        end: "client_close",
        binds: 4,
        bind: { method: "simple", result: "invalid_credentials", name: person("ben") },
        operations: { bind: { success: 3, security: 1 } },
      },
    ],
  },
  {
    name: "mechanisms",
    title: "SASL mechanisms, one after the other",
    play: async ({ run }) => {
      for (const mechanism of MECHANISMS) await run(0, sasl(mechanism));
      await run(0, [...sasl("ANONYMOUS")]);
    },
    book: {
      "bind_mechanisms cram_md5": 1,
      "bind_mechanisms digest_md5": 1,
      "bind_mechanisms ntlm": 1,
      "bind_mechanisms other": 2,
      "bind_mechanisms plain": 1,
      "bind_mechanisms scram_sha_1": 1,
      "bind_mechanisms scram_sha_256": 1,
      "bind_mechanisms scram_sha_512": 1,
      "bind_results success": 9,
      "binds sasl": 9,
      "cleartext_binds sasl_login": 1,
      "cleartext_binds sasl_plain": 1,
      "connection_ends unbind": 9,
      "extended whoami": 9,
      "operations answered": 26,
      "requests bind": 17,
      "requests extended": 9,
      "requests unbind": 9,
      "responses continue bind": 8,
      "responses success bind": 9,
      "responses success extended": 9,
      "result_codes 0": 18,
      "result_codes 14": 8,
    },
  },
  {
    name: "mechanisms_failed",
    title: "SASL mechanisms with wrong passwords",
    play: async ({ run }) => {
      for (const mechanism of MECHANISMS) await run(49, sasl(mechanism, "ben", "wrong"));
    },
    book: {
      "bind_mechanisms cram_md5": 1,
      "bind_mechanisms digest_md5": 1,
      "bind_mechanisms ntlm": 1,
      "bind_mechanisms other": 1,
      "bind_mechanisms plain": 1,
      "bind_mechanisms scram_sha_1": 1,
      "bind_mechanisms scram_sha_256": 1,
      "bind_mechanisms scram_sha_512": 1,
      "bind_results invalid_credentials": 8,
      "binds sasl": 8,
      "cleartext_binds sasl_login": 1,
      "cleartext_binds sasl_plain": 1,
      "connection_ends unbind": 8,
      "operations answered": 16,
      "requests bind": 16,
      "requests unbind": 8,
      "responses continue bind": 8,
      "responses security bind": 8,
      "result_codes 14": 8,
      "result_codes 49": 8,
    },
  },
  {
    name: "external",
    title: "EXTERNAL: the name is what slapd's socket knows of Envoy",
    listener: "socket",
    configuration: shown("plain"),
    play: async ({ run, port }) => {
      // The client would not choose a mechanism that nothing outside of LDAP stands for.
      const wire = await LdapWire.connect(port);
      wire.send(saslBind(1, "EXTERNAL", ""));
      await wire.answer();
      wire.send(unbind(2));
      await wire.rest();
      await run(0, whoami("-x"));
    },
    book: {
      "bind_mechanisms external": 1,
      "bind_results success": 2,
      "binds anonymous": 1,
      "binds sasl": 1,
      "connection_ends unbind": 2,
      "extended whoami": 1,
      "operations answered": 3,
      "requests bind": 2,
      "requests extended": 1,
      "requests unbind": 2,
      "responses success bind": 2,
      "responses success extended": 1,
      "result_codes 0": 3,
    },
    records: [
      {
        bind: { method: "sasl", mechanism: "external", result: "success" },
        operations: { bind: { success: 1 } },
      },
    ],
  },
  {
    name: "exchanges",
    title: "exchanges that are given up, and mechanisms that are none",
    play: async ({ port }) => {
      const wire = await LdapWire.connect(port);
      const all = [
        saslBind(1, "DIGEST-MD5"),
        saslBind(2, "CRAM-MD5"),
        saslBind(3, "X-UNKNOWN"),
        saslBind(4, "EXTERNAL", ""),
        saslBind(5, "DIGEST-MD5"),
        saslBind(6, ""),
        bindRequest(7, person("ann"), PASSWORD),
      ];
      for (const one of all) {
        wire.send(one);
        await wire.answer();
      }
      wire.leave();
      await wire.rest();
    },
    book: {
      "bind_mechanisms cram_md5": 1,
      "bind_mechanisms digest_md5": 2,
      "bind_mechanisms external": 1,
      "bind_mechanisms other": 1,
      "bind_results invalid_credentials": 1,
      "bind_results other": 3,
      "bind_results success": 1,
      "binds sasl": 5,
      "binds simple": 1,
      "cleartext_binds simple": 1,
      "connection_ends client_close": 1,
      "operations answered": 7,
      "requests bind": 7,
      "responses continue bind": 2,
      "responses security bind": 4,
      "responses success bind": 1,
      "result_codes 0": 1,
      "result_codes 14": 2,
      "result_codes 49": 1,
      "result_codes 7": 3,
    },
    records: [
      {
        binds: 6,
        bind: { method: "simple", result: "success" },
        operations: { bind: { continue: 2, security: 4, success: 1 } },
      },
    ],
  },
];

/** Those of libsasl2's that ask for a password. */
const MECHANISMS = [
  ...["DIGEST-MD5", "CRAM-MD5", "NTLM", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN", "LOGIN"],
];

describeScenarios("Binds with slapd", scenarios);
