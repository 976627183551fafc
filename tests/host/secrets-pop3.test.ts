// Passwords, digests, AUTH lines and messages leave the filter in no way, whatever it was told to show.

import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";
import { HASH_KEY, Outlets, Secrets, everyConfiguration, leaks, send } from "../support/outlets.ts";

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("pop3");
});

type Line = readonly ["C" | "S", string];

const NAME = "joe@client.example";

/** Sessions with secrets in all places where peers send them. */
function sessions(secrets: Secrets): readonly (readonly Line[])[] {
  const secret = (): string => secrets.plain();
  const base64 = (...parts: string[]): string => secrets.base64(...parts);
  const hello: Line = ["S", `+OK ready <${secret()}@mx.example>\r\n`];
  const login: Line[] = [
    hello,
    ["C", `USER ${NAME}\r\n`],
    ["S", "+OK\r\n"],
    ["C", `PASS ${secret()}\r\n`],
    ["S", "+OK\r\n"],
  ];
  return [
    login,
    [
      hello,
      ["C", `USER ${NAME} ${secret()}\r\nPASS ${secret()} ${secret()}\r\n`],
      ["S", "+OK\r\n-ERR [AUTH] no\r\n"],
    ],
    [hello, ["C", `PASS ${secret()}\r\n`]],
    [hello, ["C", `APOP ${NAME} ${secret()}\r\n`], ["S", `-ERR [${secret()}] ${secret()}\r\n`]],
    [hello, ["C", `AUTH PLAIN ${base64("", NAME)}\r\n`], ["S", "+OK\r\n"]],
    [hello, ["C", "AUTH PLAIN\r\n"], ["S", "+ \r\n"], ["C", `${base64("", NAME)}\r\n`], ["S", "-ERR no\r\n"]],
    [
      hello,
      ["C", "AUTH LOGIN\r\n"],
      ["S", "+ VXNlcm5hbWU6\r\n"],
      ["C", `${base64()}\r\n`],
      ["S", "+ UGFzc3dvcmQ6\r\n"],
      ["C", `${base64()}\r\n`],
      ["S", "-ERR [SYS/TEMP] later\r\n"],
    ],
    [hello, ["C", "AUTH CRAM-MD5\r\n"], ["S", `+ ${base64()}\r\n`], ["C", `${base64(NAME)}\r\n`]],
    [hello, ["C", `AUTH ${secret()} ${secret()}\r\n`], ["S", "-ERR\r\n"]],
    // Pipelined, and refused: the lines are commands then, unknown ones.
    [hello, ["C", `AUTH LOGIN\r\n${base64()}\r\n${secret()}\r\n`], ["S", "-ERR\r\n-ERR\r\n-ERR\r\n"]],
    // A password where a command is expected.
    [hello, ["C", `${secret()}\r\nPASSWORD ${secret()}\r\n`], ["S", "-ERR\r\n-ERR\r\n"]],
    [
      hello,
      ["C", `XCLIENT LOGIN=${secret()}\r\nXFOO ${secret()}\r\n`],
      ["S", `+OK\r\n+OK\r\n${secret()}\r\n.\r\n`],
    ],
    // Messages, their heads and their names.
    [
      ...login,
      ["C", "RETR 1\r\nTOP 1 5\r\nUIDL\r\nUIDL 1\r\nSTAT\r\n"],
      ["S", `+OK ${secret()}\r\nSubject: ${secret()}\r\n\r\n..${secret()}\r\n.\r\n`],
      [
        "S",
        `+OK\r\nFrom: <${secret()}@x.example>\r\n.\r\n+OK\r\n1 ${secret()}\r\n.\r\n+OK 1 ${secret()}\r\n`,
      ],
      ["S", `+OK ${secret()} 1\r\n`],
    ],
    [...login, ["C", "RETR 1\r\n"], ["S", `+OK\r\nSubject: ${secret()}`]],
    // What servers say is text.
    [hello, ["C", "CAPA\r\n"], ["S", `+OK\r\nIMPLEMENTATION ${secret()}\r\n${secret()}\r\n.\r\n`]],
    [hello, ["C", "NOOP\r\n"], ["S", `${secret()}\r\n+ ${secret()}\r\n-ERR ${secret()}\r\n`]],
    // TLS and what is smuggled in front of it.
    [
      hello,
      ["C", `STLS\r\nPASS ${secret()}\r\n`],
      ["S", "+OK\r\n"],
      ["C", `\x16\x03\x01${secret()}`],
      ["S", secret()],
    ],
    [
      ["C", `\x16\x03\x01\x02\x00${secret()}`],
      ["S", `\x15\x03\x01${secret()}`],
    ],
    // Not POP3 at all.
    [hello, ["C", `GET /${secret()} HTTP/1.1\r\nAuthorization: Basic ${base64("user")}\r\n\r\n`]],
    [
      ["S", `* OK ${secret()}\r\n`],
      ["C", `a LOGIN joe ${secret()}\r\n`],
    ],
    // Lines beyond every cap.
    [hello, ["C", `${"x".repeat(70_000)}${secret()}\r\nNOOP ${"y".repeat(3_000)} ${secret()}\r\n`]],
  ];
}

describe("no secret shows", () => {
  for (const { verbosity, identities, configuration } of everyConfiguration("slow_commands_ms")) {
    test(`at verbosity ${verbosity} with identities ${identities}`, () => {
      const outlets = new Outlets(module, "heirloom.pop3", configuration);
      const secrets = new Secrets();
      for (const pieces of ["whole", "single"] as const) {
        for (const lines of sessions(secrets)) {
          outlets.play((connection) => {
            for (const [peer, text] of lines) {
              send(connection, peer === "C" ? "client" : "server", Buffer.from(text, "latin1"), pieces);
              outlets.advance(3_000);
            }
          });
        }
      }
      expect(secrets.all.length).toBeGreaterThan(80);
      const { text } = outlets;
      expect(text).toContain('"commands":"');
      // The test would see names, where they are to be shown.
      expect(text.includes(NAME)).toBe(identities === "plain");
      expect(leaks(text, [...secrets.all, HASH_KEY])).toEqual([]);
    });
  }
});
