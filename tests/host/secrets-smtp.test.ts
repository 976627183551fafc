import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";
import { HASH_KEY, Outlets, Secrets, everyConfiguration, leaks, send } from "../support/outlets.ts";

const ROOT_ID = "heirloom.smtp";

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("smtp");
});

type Line = readonly ["C" | "S", string];

/** Sessions with secrets in all places where peers send them. */
function sessions(secrets: Secrets): readonly (readonly Line[])[] {
  const secret = (): string => secrets.plain();
  const base64 = (...parts: string[]): string => secrets.base64(...parts);
  const hello: Line[] = [
    ["S", "220 mx.example ESMTP\r\n"],
    ["C", "EHLO client.example\r\n"],
    [
      "S",
      "250-mx.example\r\n250-CHUNKING\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n",
    ],
  ];
  const mail: Line[] = [
    ["C", "MAIL FROM:<a@client.example>\r\n"],
    ["S", "250 ok\r\n"],
    ["C", "RCPT TO:<b@mx.example>\r\n"],
    ["S", "250 ok\r\n"],
  ];
  const auth = (command: string, ...rest: Line[]): Line[] => [...hello, ["C", command], ...rest];
  return [
    auth(`AUTH PLAIN ${base64("", "user")}\r\n`, ["S", "235 ok\r\n"]),
    auth(`AUTH PLAIN ${base64("", "user")}\r\n`, ["S", "535 5.7.8 no\r\n"]),
    auth(`AUTH PLAIN ${base64("", "user")}\r\n`),
    auth("AUTH PLAIN\r\n", ["S", "334 \r\n"], ["C", `${base64("", "user")}\r\n`], ["S", "235 ok\r\n"]),
    auth(
      "AUTH LOGIN\r\n",
      ["S", "334 VXNlcm5hbWU6\r\n"],
      ["C", `${base64()}\r\n`],
      ["S", "334 UGFzc3dvcmQ6\r\n"],
      ["C", `${base64()}\r\n`],
      ["S", "454 4.7.0 later\r\n"],
    ),
    auth(
      `AUTH LOGIN ${base64()}\r\n`,
      ["S", "334 UGFzc3dvcmQ6\r\n"],
      ["C", `${secret()}\r\n`],
      ["S", "500 what\r\n"],
    ),
    // Pipelined, and refused: the lines are commands then, unknown ones.
    auth(`AUTH LOGIN\r\n${base64()}\r\n${secret()}\r\n`, ["S", "504 no\r\n500 what\r\n500 what\r\n"]),
    auth(
      "AUTH CRAM-MD5\r\n",
      ["S", `334 ${base64()}\r\n`],
      ["C", `${base64("user")}\r\n`],
      ["S", "235 ok\r\n"],
    ),
    auth(`AUTH XOAUTH2 ${base64("user=x")}\r\n`, ["S", "235 ok\r\n"]),
    auth(`AUTH ${secret()} ${secret()}\r\n`, ["S", "504 5.5.4 no\r\n"]),
    auth(`X-EXPS GSSAPI ${base64()}\r\n`, ["S", "235 ok\r\n"]),
    // A password where a command is expected, and commands that are none.
    auth(`${secret()}\r\n`, ["S", "500 what\r\n"]),
    auth(`PASS ${secret()}\r\n${secret()} x\r\nVRFY ${secret()}\r\n`, ["S", "500 a\r\n500 b\r\n252 c\r\n"]),
    [
      ...hello,
      ["C", `NOOP ${secret()}\r\nHELP ${secret()}\r\nETRN ${secret()}\r\n`],
      ["S", "250 a\r\n214 b\r\n250 c\r\n"],
    ],
    [
      ...hello,
      ["C", `XCLIENT LOGIN=${secret()}\r\nXFORWARD NAME=${secret()}\r\n`],
      ["S", "220 mx\r\n250 ok\r\n"],
    ],
    [...hello, ...mail, ["C", `BURL imap://u@x/y;URLAUTH=${secret()} LAST\r\n`], ["S", "250 ok\r\n"]],
    // Messages.
    [
      ...hello,
      ...mail,
      ["C", "DATA\r\n"],
      ["S", "354 go\r\n"],
      [
        "C",
        `Subject: ${secret()}\r\nFrom: <${secret()}@x.example>\r\n\r\n..${secret()}\r\n${secret()}\r\n.\r\n`,
      ],
      ["S", "250 ok\r\n"],
    ],
    // Pipelined behind a DATA that is refused: lines of the body are read as commands.
    [
      ...hello,
      ...mail,
      ["C", `DATA\r\nSubject: ${secret()}\r\n\r\n${secret()}\r\n.\r\n`],
      ["S", `554 no\r\n${"500 what\r\n".repeat(5)}`],
    ],
    // Ended where only the server says so, and read again.
    [
      ...hello,
      ...mail,
      ["C", "DATA\r\n"],
      ["S", "354 go\r\n"],
      ["C", `x\n.\n${secret()} y\r\nz ${secret()}\r\n`],
      ["S", "250 ok\r\n500 a\r\n"],
    ],
    [
      ...hello,
      ...mail,
      ["C", `BDAT 40\r\n${secret().padEnd(40)}BDAT 40 LAST\r\n${secret().padEnd(40)}`],
      ["S", "250 a\r\n250 b\r\n"],
    ],
    // The server does not know BDAT: its octets are commands.
    [
      ["S", "220 x\r\n"],
      ["C", "HELO x\r\n"],
      ["S", "250 x\r\n"],
      ["C", `BDAT 40\r\n${secret().padEnd(38)}\r\n`],
      ["S", "500 a\r\n500 b\r\n"],
    ],
    // TLS and what is smuggled in front of it.
    [
      ...hello,
      ["C", `STARTTLS\r\n${secret()}\r\n`],
      ["S", "220 go\r\n"],
      ["C", `\x16\x03\x01${secret()}`],
      ["S", secret()],
    ],
    [
      ["C", `\x16\x03\x01\x02\x00${secret()}`],
      ["S", `\x15\x03\x01${secret()}`],
    ],
    // Not SMTP at all.
    [["C", `GET /${secret()} HTTP/1.1\r\nAuthorization: Basic ${base64("user")}\r\n\r\n`]],
    [["S", `+OK ${secret()}\r\n`]],
    // What servers say is text.
    [
      ["S", `220 ${secret()}\r\n`],
      ["C", `EHLO ${secret()}\r\n`],
      ["S", `250-${secret()}\r\n250 ${secret().toUpperCase()} ${secret()}\r\n`],
      ["C", "QUIT\r\n"],
      ["S", `221 2.0.0 ${secret()}\r\n`],
    ],
    // Parameters of MAIL and RCPT, which are no addresses.
    [
      ...hello,
      [
        "C",
        `MAIL FROM:<a@b.example> AUTH=${secret()} ENVID=${secret()} SIZE=5\r\nRCPT TO:<b@c.example> ORCPT=rfc822;${secret()}\r\n`,
      ],
      ["S", "250 a\r\n250 b\r\n"],
    ],
    // Lines beyond every cap.
    [
      ...hello,
      ["C", `${"x".repeat(70_000)}${secret()}\r\nNOOP ${"y".repeat(3_000)} ${secret()}\r\n`],
      ["S", `500 ${"z".repeat(3_000)}${secret()}\r\n250 ok\r\n`],
    ],
  ];
}

describe("no secret shows", () => {
  for (const { verbosity, identities, configuration } of everyConfiguration("slow_commands_ms")) {
    test(`at verbosity ${verbosity} with identities ${identities}`, () => {
      const outlets = new Outlets(module, ROOT_ID, configuration);
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
      expect(secrets.all.length).toBeGreaterThan(100);
      const { text } = outlets;
      expect(text).toContain('"commands":"');
      // The test would see addresses, where they are to be shown.
      expect(text.includes("a@client.example")).toBe(identities === "plain");
      expect(leaks(text, [...secrets.all, HASH_KEY])).toEqual([]);
    });
  }
});
