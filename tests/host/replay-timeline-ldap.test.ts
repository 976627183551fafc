import { describe, expect, test } from "vitest";
import {
  bindRequest,
  element,
  equals,
  integer,
  message,
  modifyRequest,
  result,
  searchEntry,
  searchRequest,
  text,
} from "../../bench/ldap/messages.ts";
import { TcpTalk } from "../support/pcap.ts";
import { timelineOf } from "../support/timeline.ts";

const [BIND, BIND_RESPONSE, SEARCH_DONE, MODIFY_RESPONSE] = [0x60, 0x61, 0x65, 0x67];
const [EXTENDED, EXTENDED_RESPONSE, ABANDON, UNBIND] = [0x77, 0x78, 0x50, 0x42];
const STARTTLS = "1.3.6.1.4.1.1466.20037";

/** The lines of a time line, without its head. */
async function timeline(talk: TcpTalk): Promise<string[]> {
  return (await timelineOf(talk.segments, "--filter", "ldap")).slice(3);
}

const talking = (): TcpTalk => new TcpTalk({ serverPort: 389 }).handshake();
const search = (id: number, filter = equals("uid", "jd"), attributes: string[] = []): Uint8Array =>
  searchRequest(id, { base: "ou=people,dc=t", scope: 2, filter, attributes });
const entry = (id: number, name: string): Uint8Array => searchEntry(id, name, [["cn", "somebody"]]);
const failed = (id: number, tag: number, code: number, words: string): Uint8Array =>
  message(id, element(tag, integer(code, 0x0a), text(""), text(words)));
const extended = (id: number, name: string): Uint8Array => message(id, element(EXTENDED, text(name, 0x80)));
const unbind = (id: number): Uint8Array => message(id, element(UNBIND));
const joined = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

describe("the time line of a connection of LDAP", () => {
  test("reads like what ldapsearch was told, and what came of it", async () => {
    const talk = talking()
      .client(bindRequest(1, "cn=admin,dc=t", "secret-word"))
      .wait(2)
      .server(result(1, BIND_RESPONSE))
      .client(search(2, equals("uid", "jd"), ["cn", "mail"]))
      .wait(0.25)
      .server(joined(entry(2, "uid=jd,ou=people,dc=t"), result(2, SEARCH_DONE)))
      .client(search(3, element(0x87, Buffer.from("mail"))))
      .wait(1)
      .server(joined(...["a", "b", "c"].map((uid) => entry(3, `uid=${uid}`))))
      .wait(5)
      .server(joined(entry(3, "uid=d"), result(3, SEARCH_DONE, 4)))
      .client(modifyRequest(4, "uid=jd,dc=t", ["mail", "jd@mx.example"]))
      .server(failed(4, MODIFY_RESPONSE, 50, "no write access to parent"))
      .client(search(5))
      .client(message(6, integer(5, ABANDON)))
      .server(result(5, SEARCH_DONE))
      .client(unbind(7))
      .fin("client")
      .fin("server");
    expect(await timeline(talk)).toMatchInlineSnapshot(`
      [
        "0.000  → #1 bind cn=admin,dc=t with a password                       password in clear text",
        "0.002  ← #1 success                                                  bind success after 2 ms",
        "0.002  → #2 search ou=people,dc=t sub (uid=jd) cn mail",
        "0.002  ← #2 (1 entry, 50 B)                                          first after 250 µs",
        "0.002  ← #2 success                                                  search success after 250 µs; 1 entry",
        "0.002  → #3 search ou=people,dc=t sub (mail=*)                       looks unindexed",
        "0.008  ← #3 (4 entries, 136 B)                                       first after 1 ms",
        "0.008  ← #3 sizeLimitExceeded (4)                                    search limit after 6 ms; 4 entries",
        "0.008  → #4 modify uid=jd,dc=t: replace mail",
        "0.008  ← #4 insufficientAccessRights (50): no write access to parent  modify security",
        "0.008  → #5 search ou=people,dc=t sub (uid=jd)",
        "0.008  → #6 abandon #5                                               abandoned",
        "0.008  ← #5 success                                                  late: nobody waits for it",
        "0.008  → #7 unbind",
        "0.008  → (closes)",
        "0.008  ← (closes too)                                                connection ends: unbind",
      ]
    `);
  });

  test("tells operations apart that are sent at once and answered out of order", async () => {
    const talk = talking()
      .client(joined(search(1), message(2, text("uid=x,dc=t", 0x4a)), search(3)))
      .wait(1)
      .server(joined(result(2, 0x6b, 32), entry(3, "uid=c"), entry(1, "uid=a"), entry(3, "uid=d")))
      .wait(1)
      .server(joined(result(3, SEARCH_DONE), result(1, SEARCH_DONE)));
    expect(await timeline(talk)).toMatchInlineSnapshot(`
      [
        "0.000  → #1 search ou=people,dc=t sub (uid=jd)",
        "0.000  → #2 delete uid=x,dc=t",
        "0.000  → #3 search ou=people,dc=t sub (uid=jd)",
        "0.001  ← #2 noSuchObject (32)                                        delete not_found after 1 ms",
        "0.001  ← #3 (1 entry, 34 B)                                          first after 1 ms",
        "0.001  ← #1 (1 entry, 34 B)                                          first after 1 ms",
        "0.001  ← #3 (1 entry, 34 B)",
        "0.002  ← #3 success                                                  search success after 2 ms; 2 entries",
        "0.002  ← #1 success                                                  search success after 2 ms; 1 entry",
      ]
    `);
  });

  test("names every operation", async () => {
    const rename = element(
      0x6c,
      text("uid=a,dc=t"),
      text("uid=b"),
      element(0x01, Buffer.of(255)),
      text("ou=x,dc=t", 0x80),
    );
    const compare = element(
      0x6e,
      text("uid=a,dc=t"),
      element(0x30, text("userPassword"), text("hidden-value")),
    );
    const talk = talking()
      .client(message(1, element(0x68, text("uid=a,dc=t"), element(0x30))))
      .client(message(2, rename))
      .client(message(3, compare))
      .client(extended(4, "1.3.6.1.4.1.4203.1.11.3"))
      .client(extended(5, "1.2.3.4"))
      .client(
        message(6, element(EXTENDED, text("1.3.6.1.1.8", 0x80), element(0x81, element(0x30, integer(3))))),
      )
      .client(message(7, element(0x7a)))
      .server(message(3, element(0x79, text("1.3.6.1.4.1.4203.1.9.1.4", 0x80))))
      .server(result(3, 0x6f, 6))
      .server(
        message(
          0,
          element(
            EXTENDED_RESPONSE,
            integer(52, 0x0a),
            text(""),
            text("shutting down"),
            text("1.3.6.1.4.1.1466.20036", 0x8a),
          ),
        ),
      )
      .fin("server")
      .fin("client");
    expect(await timeline(talk)).toMatchInlineSnapshot(`
      [
        "0.000  → #1 add uid=a,dc=t",
        "0.000  → #2 rename uid=a,dc=t to uid=b below ou=x,dc=t",
        "0.000  → #3 compare uid=a,dc=t: userPassword",
        "0.000  → #4 Who am I?",
        "0.000  → #5 1.2.3.4",
        "0.000  → #6 Cancel #3",
        "0.000  → #7 operation 26                                             ! unknown_op",
        "0.000  ← #3 intermediate: Sync Info",
        "0.000  ← #3 compareTrue (6)                                          compare success",
        "0.000  ← #0 Notice of Disconnection: unavailable (52): shutting down  the server says goodbye",
        "0.000  ← (closes)",
        "0.000  → (closes too)                                                unanswered ×6; connection ends: notice",
      ]
    `);
  });

  test("writes filters as RFC 4515 does", async () => {
    const filters = [
      element(0xa0, equals("cn", "a(b)*\\"), element(0xa2, element(0x87, Buffer.from("mail")))),
      element(0xa4, text("cn"), element(0x30, text("a", 0x80), text("b", 0x81), text("c", 0x82))),
      element(0xa4, text("cn"), element(0x30, text("b", 0x81))),
      element(
        0xa1,
        element(0xa5, text("a"), text("1")),
        element(0xa6, text("a"), text("9")),
        element(0xa8, text("a"), text("x")),
      ),
      element(0xa9, text("1.2.840.113556.1.4.803", 0x81), text("userAccountControl", 0x82), text("2", 0x83)),
      element(0xa9, text("x", 0x83), element(0x84, Buffer.of(255))),
      equals("userPassword", "hidden-value"),
      element(0xbb),
    ];
    const talk = talking();
    filters.forEach((filter, i) => talk.client(search(i, filter)));
    const shown = (await timeline(talk)).map((line) => /\(.*?(?= {2}|$)/.exec(line)?.[0]);
    expect(shown).toEqual([
      "(&(cn=a\\28b\\29\\2a\\5c)(!(mail=*)))",
      "(cn=a*b*c)",
      "(cn=*b*)",
      "(|(a>=1)(a<=9)(a~=x))",
      "(userAccountControl:1.2.840.113556.1.4.803:=2)",
      "(:dn:=x)",
      "(userPassword=********)",
      "(?)",
    ]);
  });

  test("goes on into signed buffers, and tells where sealed ones begin", async () => {
    const buffer = (flags: number, content: Uint8Array): Uint8Array => {
      const token = joined(
        Buffer.from([5, 4, flags, 255, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        content,
        Buffer.alloc(12, 0xc5),
      );
      return joined(Buffer.of(0, 0, token.length >> 8, token.length & 255), token);
    };
    const gssapi = element(BIND, integer(3), text(""), element(0xa3, text("GSSAPI"), text("ticket")));
    const talk = talking()
      .client(message(1, gssapi))
      .server(result(1, BIND_RESPONSE, 14))
      .wait(1)
      .client(message(2, gssapi))
      .wait(1)
      .server(result(2, BIND_RESPONSE))
      .client(buffer(0, search(3)))
      .server(buffer(1, joined(entry(3, "uid=a"), entry(3, "uid=b"), result(3, SEARCH_DONE))))
      .client(buffer(2, Buffer.alloc(60, 0xe7)))
      .server(buffer(3, Buffer.alloc(90, 0xe7)))
      .fin("client")
      .fin("server");
    expect(await timeline(talk)).toMatchInlineSnapshot(`
      [
        "0.000  → #1 bind SASL GSSAPI",
        "0.000  ← #1 saslBindInProgress (14)                                  bind continue",
        "0.001  → #2 bind SASL GSSAPI",
        "0.002  ← #2 success                                                  bind success after 1 ms; authentication: success, 2 ms in all",
        "0.002  → #3 search ou=people,dc=t sub (uid=jd)                       signed",
        "0.002  ← #3 (2 entries, 68 B)",
        "0.002  ← #3 success                                                  search success; 2 entries; signed",
        "0.002  → (92 bytes)                                                  sealed by SASL from here on",
        "0.002  ↔ (0 bytes from the client, 122 from the server)",
        "0.002  → (closes)",
        "0.002  ← (closes too)                                                connection ends: client_close",
      ]
    `);
  });

  test("ends with StartTLS", async () => {
    const talk = talking()
      .client(extended(1, STARTTLS))
      .wait(1)
      .server(result(1, EXTENDED_RESPONSE))
      .client(Buffer.from("160301000568656c6c6f", "hex"))
      .server(Buffer.from("160303000568656c6c6f", "hex"))
      .fin("client")
      .fin("server");
    expect(await timeline(talk)).toMatchInlineSnapshot(`
      [
        "0.000  → #1 StartTLS",
        "0.001  ← #1 success                                                  extended success after 1 ms; TLS may begin",
        "0.001  → (10 bytes)                                                  encrypted from here on",
        "0.001  ↔ (0 bytes from the client, 10 from the server)",
        "0.001  → (closes)",
        "0.001  ← (closes too)                                                connection ends: client_close",
      ]
    `);
  });

  test("tells what is wrong", async () => {
    const adText = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 775, v3839";
    const talk = talking()
      .client(Buffer.from("PROXY TCP4 192.0.2.9 192.0.2.2 4711 389\r\n"))
      .client(bindRequest(1, "jd@ad.example", "secret-word"))
      .server(failed(1, BIND_RESPONSE, 49, adText))
      .client(search(2))
      .client(search(2))
      .server(result(9, SEARCH_DONE))
      .client(Buffer.from("GET / HTTP/1.1\r\n\r\n"))
      .reset("server");
    expect(await timeline(talk)).toMatchInlineSnapshot(`
      [
        "0.000  → (41 bytes)                                                  PROXY v1 preamble",
        "0.000  → #1 bind jd@ad.example with a password                       password in clear text",
        "0.000  ← #1 invalidCredentials (49): 80090308: LdapErr: DSID-0C090447, comment: AcceptS…  bind security; account locked",
        "0.000  → #2 search ou=people,dc=t sub (uid=jd)",
        "0.000  → #2 search ou=people,dc=t sub (uid=jd)                       ! duplicate_msgid",
        "0.000  ← #9 success                                                  answers nothing",
        "0.000  → (18 bytes)                                                  unanswered ×2; cannot be followed from here on; ! http_on_ldap",
        "0.000  ← (resets the connection)                                     connection ends: server_close",
      ]
    `);
  });

  test("waits for the rest of what is sent in pieces", async () => {
    const [request, response] = [search(1), joined(entry(1, "uid=jd"), result(1, SEARCH_DONE))];
    const whole = await timeline(talking().client(request).server(response));
    for (let at = 1; at < request.length; at++) {
      const talk = talking().client(request.subarray(0, at)).client(request.subarray(at)).server(response);
      expect(await timeline(talk)).toEqual(whole);
    }
    const unfinished = talking().client(request.subarray(0, 30)).fin("client").fin("server");
    expect((await timeline(unfinished))[0]).toMatch(/^0\.000 {2}→ \(unfinished message, 30 bytes\)$/);
  });

  test("of a connection that is older than the capture begins with its next message", async () => {
    const talk = new TcpTalk({ serverPort: 389 })
      .client(search(77))
      .wait(3)
      .server(joined(entry(77, "uid=jd"), result(77, SEARCH_DONE)));
    expect(await timeline(talk)).toMatchInlineSnapshot(`
      [
        "0.000  → #77 search ou=people,dc=t sub (uid=jd)",
        "0.003  ← #77 (1 entry, 35 B)                                         first after 3 ms",
        "0.003  ← #77 success                                                 search success after 3 ms; 1 entry",
      ]
    `);
    const midst = new TcpTalk({ serverPort: 389 }).client(search(77).subarray(10)).client(search(78));
    expect(await timeline(midst)).toMatchInlineSnapshot(`
      [
        "0.000  → (under way when the capture begins)                         cannot be followed from here on",
        "0.000  ↔ (51 bytes from the client, 0 from the server)",
      ]
    `);
  });

  test("of a gap: nothing behind it is read, unless it lies in a value", async () => {
    const [first, second] = [search(1), search(2)];
    const talk = talking().client(first).client(second).client(search(3)).server(result(1, SEARCH_DONE));
    const lost = talk.segments.filter((_, i) => i !== 4);
    expect((await timelineOf(lost, "--filter", "ldap")).slice(3)).toMatchInlineSnapshot(`
      [
        "0.000  → #1 search ou=people,dc=t sub (uid=jd)",
        "0.000  → (51 bytes not captured)                                     unanswered; cannot be followed from here on",
        "0.000  ↔ (51 bytes from the client, 14 from the server)",
      ]
    `);
    const photo = searchEntry(1, "uid=jd", [["jpegPhoto", "x".repeat(3_000)]]);
    const large = talking()
      .client(first)
      .server(photo.subarray(0, 1_000))
      .server(photo.subarray(1_000, 2_000))
      .server(joined(photo.subarray(2_000), result(1, SEARCH_DONE)))
      .client(unbind(2));
    const within = large.segments.filter((_, i) => i !== 5);
    expect((await timelineOf(within, "--filter", "ldap")).slice(3)).toMatchInlineSnapshot(`
      [
        "0.000  → #1 search ou=people,dc=t sub (uid=jd)",
        "0.000  ← (1,000 bytes not captured)",
        "0.000  ← #1 (1 entry, 3.05 kB)",
        "0.000  ← #1 success                                                  search success; 1 entry",
        "0.000  → #2 unbind",
      ]
    `);
  });
});

describe("secrets", () => {
  const SECRET = "hunter2hunter2";
  const plain = element(BIND, integer(3), text(""), element(0xa3, text("PLAIN"), text(`\0jd\0${SECRET}`)));
  const newPassword = element(
    0x81,
    element(0x30, text("uid=jd", 0x80), text(SECRET, 0x81), text(SECRET, 0x82)),
  );
  const added = element(0x30, element(0x30, text("userPassword"), element(0x31, text(SECRET))));
  const sent: [what: string, bytes: Uint8Array][] = [
    ["simple bind", bindRequest(1, "cn=a", SECRET)],
    ["SASL PLAIN", message(1, plain)],
    ["Sicily", message(1, element(BIND, integer(3), text("NTLM"), text(SECRET, 0x8a)))],
    ["Password Modify", message(1, element(EXTENDED, text("1.3.6.1.4.1.4203.1.11.1", 0x80), newPassword))],
    ["modify", modifyRequest(1, "uid=jd", ["userPassword", SECRET])],
    ["add", message(1, element(0x68, text("uid=jd"), added))],
    ["compare", message(1, element(0x6e, text("uid=jd"), element(0x30, text("x"), text(SECRET))))],
    ["search", search(1, equals("unicodePwd", SECRET))],
  ];
  test.each(sent)("of %s", async (_, bytes) => {
    for (const cut of [0, 3, 11, bytes.length - 5]) {
      const talk = talking().client(bytes.subarray(0, cut)).client(bytes.subarray(cut));
      expect((await timeline(talk)).join("\n")).not.toContain("hunter2");
    }
  });

  test("that a server repeats", async () => {
    for (const bytes of [bindRequest(1, "cn=a", SECRET), message(1, plain)]) {
      const talk = talking()
        .client(bytes)
        .server(failed(1, BIND_RESPONSE, 49, `wrong: ${SECRET}`));
      expect((await timeline(talk))[1]).toContain("#1 invalidCredentials (49): wrong: ********");
    }
  });
});
