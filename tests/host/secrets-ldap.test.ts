import { beforeAll, describe, expect, test } from "vitest";
import { element, integer, message, result, searchRequest, text } from "../../bench/ldap/messages.ts";
import type { HostModule } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";
import { HASH_KEY, Outlets, Secrets, everyConfiguration, leaks, send } from "../support/outlets.ts";

const ROOT_ID = "heirloom.ldap";

/** Who binds: the one thing that a record may show, if it is told to. */
const NAME = "uid=jd,ou=people,dc=directory,dc=example";

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("ldap");
});

type Sent = readonly ["client" | "server", Uint8Array];

const [BIND, BIND_RESPONSE, SEARCH_DONE, EXTENDED, EXTENDED_RESPONSE] = [0x60, 0x61, 0x65, 0x77, 0x78];
const PASSWD_MODIFY = "1.3.6.1.4.1.4203.1.11.1";
const STARTTLS = "1.3.6.1.4.1.1466.20037";

const client = (bytes: Uint8Array): Sent => ["client", bytes];
const server = (bytes: Uint8Array): Sent => ["server", bytes];

/** A bind of any authentication choice. */
const bind = (id: number, choice: Uint8Array, name = NAME, version = 3): Sent =>
  client(message(id, element(BIND, integer(version), text(name), choice)));
const sasl = (id: number, mechanism: string, ...credentials: string[]): Sent =>
  bind(id, element(0xa3, text(mechanism), ...credentials.map((one) => text(one))), "");
const bound = (id: number, code = 0, more: Uint8Array = Buffer.alloc(0), words = ""): Sent =>
  server(message(id, element(BIND_RESPONSE, integer(code, 0x0a), text(""), text(words), more)));
const extended = (id: number, name: string, value: Uint8Array): Sent =>
  client(message(id, element(EXTENDED, text(name, 0x80), element(0x81, value))));

/** Connections with secrets in all places where peers send them. */
function connections(secrets: Secrets): readonly (readonly Sent[])[] {
  const secret = (): string => secrets.plain();
  const simple = (id: number): Sent => bind(id, text(secret(), 0x80));
  return [
    [simple(1), bound(1)],
    [simple(1), bound(1, 49, Buffer.alloc(0), `data 52e for ${secret()}`)],
    [simple(1)],
    [bind(1, text(secret(), 0x80), NAME, 2), bound(1, 2)],
    // Half a password, and then the end.
    [client(Buffer.from(simple(1)[1].subarray(0, -8)))],
    // A name that goes on into the password, which a wrong length brings about.
    [client(Buffer.from("300c02010160070201030402" + "8002", "hex")), client(Buffer.from(secret()))],
    [sasl(1, "PLAIN", `\0jd\0${secret()}`), bound(1)],
    [sasl(1, "PLAIN", `${secret()}\0${secret()}\0${secret()}`), bound(1, 49)],
    [
      sasl(1, "LOGIN"),
      bound(1, 14),
      sasl(2, "LOGIN", secret()),
      bound(2, 14),
      sasl(3, "LOGIN", secret()),
      bound(3),
    ],
    [
      sasl(1, "SCRAM-SHA-256", `n,,n=${secret()},r=${secret()}`),
      bound(1, 14, text(`r=${secret()},s=${secret()}`, 0x87)),
      sasl(2, "SCRAM-SHA-256", `c=biws,r=x,p=${secrets.base64()}`),
      bound(2, 0, text(`v=${secret()}`, 0x87)),
    ],
    [sasl(1, "GSSAPI", secret()), bound(1, 14, text(secret(), 0x87)), sasl(2, "GSSAPI", secret()), bound(2)],
    [sasl(1, "OAUTHBEARER", `n,,\x01auth=Bearer ${secret()}\x01\x01`), bound(1, 49)],
    // A mechanism of somebody's own: its name is his business, too.
    [sasl(1, secret(), secret()), bound(1, 7)],
    [bind(1, text(secret(), 0x8a), "NTLM"), bound(1, 0), bind(2, text(secret(), 0x8b), "NTLM"), bound(2, 49)],
    [bind(1, text(secret(), 0x85)), bound(1, 2)],
    // A new password, and the one that the server made up.
    [
      extended(1, PASSWD_MODIFY, element(0x30, text(NAME, 0x80), text(secret(), 0x81), text(secret(), 0x82))),
      server(
        message(
          1,
          element(
            EXTENDED_RESPONSE,
            integer(0, 0x0a),
            text(""),
            text(""),
            element(0x8b, text(secret(), 0x80)),
          ),
        ),
      ),
    ],
    [extended(1, secret(), Buffer.from(secret())), server(result(1, EXTENDED_RESPONSE, 2))],
    // Values that are written, compared and looked for.
    [
      client(
        message(
          1,
          element(
            0x66,
            text(NAME),
            element(
              0x30,
              element(
                0x30,
                integer(2, 0x0a),
                element(0x30, text("userPassword"), element(0x31, text(secret()))),
              ),
            ),
          ),
        ),
      ),
      client(
        message(
          2,
          element(
            0x68,
            text(NAME),
            element(0x30, element(0x30, text("userPassword"), element(0x31, text(secret())))),
          ),
        ),
      ),
      client(message(3, element(0x6e, text(NAME), element(0x30, text("userPassword"), text(secret()))))),
      client(
        searchRequest(4, {
          base: secret(),
          scope: 2,
          filter: element(0xa3, text(secret()), text(secret())),
          attributes: [secret()],
        }),
      ),
      server(
        message(
          4,
          element(
            0x64,
            text(secret()),
            element(0x30, element(0x30, text(secret()), element(0x31, text(secret())))),
          ),
        ),
      ),
      server(message(4, element(0x73, text(`ldap://${secret()}/`)))),
      server(message(4, element(SEARCH_DONE, integer(32, 0x0a), text(secret()), text(secret())))),
    ],
    // Controls, theirs and others'.
    [
      client(
        element(
          0x30,
          integer(1),
          text("dc=x", 0x4a),
          element(0xa0, element(0x30, text(secret()), text(secret()))),
        ),
      ),
      client(
        element(
          0x30,
          integer(2),
          text("dc=x", 0x4a),
          element(0xa0, element(0x30, text("2.16.840.1.113730.3.4.18"), text(`u:${secret()}`))),
        ),
      ),
    ],
    // What is smuggled in front of TLS, and TLS.
    [
      extended(1, STARTTLS, Buffer.alloc(0)),
      bind(2, text(secret(), 0x80)),
      server(result(1, EXTENDED_RESPONSE)),
      client(Buffer.from(`\x16\x03\x01${secret()}`, "latin1")),
      server(Buffer.from(secret())),
    ],
    // Inside a layer, read and unread.
    [
      sasl(1, "GSSAPI", "x"),
      bound(1),
      client(signed(bind(2, text(secret(), 0x80))[1])),
      client(
        Buffer.concat([Buffer.from("0000002005040600" + "00".repeat(12), "hex"), Buffer.from(secret())]),
      ),
    ],
    // No LDAP at all.
    [
      client(
        Buffer.from(`GET /${secret()} HTTP/1.1\r\nAuthorization: Basic ${secrets.base64("user")}\r\n\r\n`),
      ),
    ],
    [server(Buffer.from(`220 ${secret()}\r\n`)), client(Buffer.from(`AUTH PLAIN ${secrets.base64()}\r\n`))],
    [client(Buffer.from(`PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n`)), simple(1), bound(1)],
    // Beyond every cap.
    [
      bind(1, text("x".repeat(70_000) + secret(), 0x80), `cn=${"y".repeat(3_000)}`),
      bound(1, 49, Buffer.alloc(0), "z".repeat(3_000) + secret()),
    ],
  ];
}

/** A buffer of Kerberos that only signs (RFC 4121). */
function signed(content: Uint8Array): Uint8Array {
  const header = Buffer.from("050400ff000c00000000000000000001", "hex");
  const token = Buffer.concat([header, content, Buffer.alloc(12, 0xc5)]);
  const word = Buffer.alloc(4);
  word.writeUInt32BE(token.length);
  return Buffer.concat([word, token]);
}

describe("no secret shows", () => {
  for (const { verbosity, identities, configuration } of everyConfiguration("slow_operations_ms")) {
    test(`at verbosity ${verbosity} with identities ${identities}`, () => {
      const outlets = new Outlets(module, ROOT_ID, configuration);
      const secrets = new Secrets();
      for (const pieces of ["whole", "single"] as const) {
        for (const sent of connections(secrets)) {
          outlets.play((connection) => {
            for (const [peer, bytes] of sent) {
              send(connection, peer, bytes, pieces);
              outlets.advance(11_000);
            }
          });
        }
      }
      expect(secrets.all.length).toBeGreaterThan(100);
      const { text: shown } = outlets;
      expect(shown).toContain('"operations":{');
      // The test would see names, where they are to be shown.
      expect(shown.includes(NAME)).toBe(identities === "plain");
      expect(leaks(shown, [...secrets.all, HASH_KEY])).toEqual([]);
    });
  }
});
