// Active Directory as Samba does it: what is signed is read, what is sealed is not, and its oddities are counted.

import { afterAll, beforeAll, expect, test } from "vitest";
import { bindRequest, element, integer, text } from "../../../bench/ldap/messages.ts";
import { settled, sum, type Books } from "../support/books.ts";
import { ldapViolations } from "../support/ldap-books.ts";
import { describeWith } from "../support/requirements.ts";
import { ldap, startRig, type Rig } from "../support/rig.ts";
import { codeOf, LdapWire } from "./ldap/client.ts";
import { compact } from "./ldap/scenarios.ts";
import { ADMINISTRATOR, DOMAIN, openLdap, startSamba, type Samba, type Security } from "./samba.ts";

/** Listeners of Envoy, each with its own book. */
const PORTS = ["plain", "sign", "seal", "ntlm", "changes", "clients", "critical"] as const;
type Port = (typeof PORTS)[number];

/** Most of it is making the domain. */
const START_TIMEOUT_MS = 120_000;

const USERS = `CN=Users,${DOMAIN}`;

describeWith(["envoy", "server:samba"], "Samba", () => {
  let samba: Samba | undefined;
  let rig: Rig | undefined;

  beforeAll(async () => {
    samba = await startSamba();
    rig = await startRig({
      clusters: [samba.cluster],
      listeners: PORTS.map((name) => ({
        name,
        upstream: "samba",
        filters: [ldap({ stat_prefix: name, verbosity: "high" })],
      })),
    });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await rig?.envoy.stop();
    await samba?.stop();
  });

  test("all of the domain in pages, by Kerberos: signed messages count as bare ones do", async () => {
    const asked = await searchAll("plain", { mechanism: "kerberos", protection: "plain" });
    const bare = await book("plain");
    expect(bare).toMatchObject({
      "bind_mechanisms gss_spnego": 1,
      "bind_results success": 1,
      "binds sasl": 1,
      "connection_ends client_close": 1,
      "controls paged client": asked.pages,
      "controls paged server": asked.pages,
      "referrals continuation": asked.referrals,
      // What ldb asks for by itself comes with three entries.
      "requests search": asked.pages + 3,
      search_entries: asked.entries + 3,
      search_references: asked.referrals,
      "search_traits paged": asked.pages,
      "search_traits paged_continuation": asked.pages - 1,
      "search_traits rootdse": 1,
      "searches sub": asked.pages,
    });
    expect(await searchAll("sign", { mechanism: "kerberos", protection: "sign" })).toEqual(asked);
    const signed = await book("sign");
    // One request each; of three searches the first is made before the bind.
    const buffers = asked.pages + 2;
    expect(signed).toEqual({
      ...bare,
      "sasl_buffers client signed": buffers,
      "sasl_buffers server signed": signed["sasl_buffers server signed"],
    });
    expect(signed["sasl_buffers server signed"]).toBeGreaterThanOrEqual(buffers);
  });

  // With NTLM ldb encrypts also what it was asked to sign.
  test.each([
    { name: "seal", mechanism: "kerberos", protection: "seal", steps: 1 },
    { name: "ntlm", mechanism: "ntlm", protection: "sign", steps: 2 },
  ] as const)("sealed messages are not read: $mechanism", async ({ name, mechanism, protection, steps }) => {
    const { entries } = await searchAll(name, { mechanism, protection });
    expect(entries).toBeGreaterThan(100);
    expect(await book(name)).toEqual({
      ...(steps > 1 ? { "responses continue bind": 1, "result_codes 14": 1 } : {}),
      "bind_mechanisms gss_spnego": 1,
      "bind_results success": 1,
      "binds sasl": 1,
      "connection_ends client_close": 1,
      "opaque_connections sasl_sealed": 1,
      "operations answered": steps + 1,
      "requests bind": steps,
      "requests search": 1,
      "responses success bind": 1,
      "responses success search": 1,
      "result_codes 0": 2,
      "sasl_buffers client sealed": 1,
      search_entries: 1,
      "search_filters compound_no_eq": 1,
      "searches base": 1,
    });
  });

  test("changes within signed messages", async () => {
    const ann = `CN=ann,${USERS}`;
    const bob = `CN=bob,${USERS}`;
    const changes: readonly (readonly [program: string, args: readonly string[], input?: string])[] = [
      ["ldbadd", [], `dn: ${ann}\nobjectClass: user\nsAMAccountName: ann\n`],
      ["ldbmodify", [], `dn: ${ann}\nchangetype: modify\nreplace: description\ndescription: one\n`],
      ["ldbrename", [ann, bob]],
      ["ldbdel", [bob]],
    ];
    for (const [program, args, input] of changes)
      await ldb("changes", program, { mechanism: "kerberos", protection: "sign" }, args, input);
    expect(await book("changes", changes.length)).toMatchObject({
      "requests add": 1,
      "requests delete": 1,
      "requests moddn": 1,
      "requests modify": 1,
      "responses success add": 1,
      "responses success delete": 1,
      "responses success moddn": 1,
      "responses success modify": 1,
      "operations answered": 20,
      "sasl_buffers client signed": 12,
      "sasl_buffers server signed": 12,
    });
  });

  test("OpenLDAP's clients: refused for reasons of Active Directory's, with controls of its", async () => {
    const run = async (code: number, ...args: readonly string[]): Promise<void> => {
      const ended = await openLdap("ldapsearch", port("clients"), ["-b", DOMAIN, ...args]);
      expect([ended.code, ended.output]).toEqual([code, ended.output]);
    };
    await run(1, "-D", "", "-w", "", "-s", "base");
    await run(49, "-D", `${ADMINISTRATOR.name}@EXAMPLE.COM`, "-w", "wrong");
    await run(0, "-E", "!dirSync=0/0", "(cn=Administrator)", "cn");
    await run(0, "-E", "extendedDn=1", "-E", "!showDeleted", "-E", "domainScope", "-s", "one", "1.1");
    await run(0, "-E", "sss=cn", "(objectClass=user)", "cn");
    await run(0, "-E", "pr=2/noprompt", "(objectClass=user)", "cn");
    const raw = await rawBook("clients", 6);
    expect(sum(raw, "bind_ad_reasons_total", { reason: "52e" })).toBe(1);
    expect(compact(raw)).toMatchObject({
      "bind_results invalid_credentials": 1,
      "bind_results success": 5,
      "binds anonymous": 1,
      "binds simple": 5,
      "connection_ends unbind": 6,
      "controls dirsync client": 1,
      "controls dirsync server": 1,
      "controls domain_scope client": 1,
      "controls extended_dn client": 1,
      "controls paged client": 3,
      "controls paged server": 3,
      "controls show_deleted client": 1,
      "controls sort client": 1,
      // Nobody has to authenticate before that: 1 is about security then.
      "responses security search": 1,
      "result_codes 1": 1,
      "result_codes 49": 1,
      "search_traits paged_continuation": 2,
      "search_traits sorted": 1,
    });
  });

  test("a search with an unknown critical control is answered by an ExtendedResponse", async () => {
    const wire = await LdapWire.connect(port("critical"));
    wire.send(bindRequest(1, `${ADMINISTRATOR.name}@EXAMPLE.COM`, ADMINISTRATOR.password));
    expect(codeOf(await wire.result(1))).toBe(0);
    wire.send(searchWithUnknownControl(2));
    const answer = await wire.result(2);
    expect([answer?.tag, codeOf(answer)]).toEqual([0x78, 12]);
    wire.leave();
    await wire.rest();
    expect(await book("critical")).toMatchObject({
      "anomalies op_mismatch": 1,
      "controls other client": 1,
      critical_controls: 1,
      "operations answered": 2,
      "responses invalid search": 1,
      "result_codes 12": 1,
    });
  });

  function port(name: Port): number {
    return rig?.port(name) ?? expect.fail("there is no Envoy");
  }

  async function ldb(
    name: Port,
    program: string,
    security: Security,
    args: readonly string[],
    input?: string,
  ): Promise<string> {
    if (samba === undefined) return expect.fail("there is no server");
    const { code, output } = await samba.ldb(program, port(name), security, args, input);
    expect([code, output]).toEqual([0, output]);
    return output;
  }

  async function searchAll(
    name: Port,
    security: Security,
  ): Promise<{ entries: number; referrals: number; pages: number }> {
    const size = 50;
    const args = ["-b", DOMAIN, "--scope=sub", `--controls=paged_results:1:${size}`, "cn"];
    const output = await ldb(name, "ldbsearch", security, args);
    const count = (what: string): number => Number(new RegExp(`^# (\\d+) ${what}`, "m").exec(output)?.[1]);
    const entries = count("entries");
    return { entries, referrals: count("referrals"), pages: Math.ceil(entries / size) };
  }

  async function rawBook(name: Port, connections: number): Promise<Books> {
    if (rig === undefined) return expect.fail("there is no Envoy");
    const found = await settled(rig.envoy, connections, { protocol: "ldap", prefix: name });
    expect(ldapViolations(found)).toEqual([]);
    return found;
  }

  async function book(name: Port, connections = 1): Promise<Books> {
    const { ["page_size_count"]: pages, ...rest } = compact(await rawBook(name, connections));
    expect(pages).toBe(rest["search_traits paged"]);
    return rest;
  }
});

/** For the domain's own entry. */
function searchWithUnknownControl(id: number): Buffer {
  const control = element(0x30, text("1.2.3.4"), element(0x01, Buffer.of(0xff)));
  const scope = [integer(0, 0x0a), integer(0, 0x0a), integer(0), integer(0), element(0x01, Buffer.of(0))];
  const search = element(0x63, text(DOMAIN), ...scope, text("objectClass", 0x87), element(0x30));
  return element(0x30, integer(id), search, element(0xa0, control));
}
