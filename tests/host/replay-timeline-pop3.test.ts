import { expect, test } from "vitest";
import { TcpTalk } from "../support/pcap.ts";
import { timelineOf } from "../support/timeline.ts";

/** The lines of a time line, without its head. */
async function timeline(talk: TcpTalk): Promise<string[]> {
  return (await timelineOf(talk.segments, "--filter", "pop3")).slice(3);
}

function greeted(): TcpTalk {
  return new TcpTalk({ serverPort: 110 }).handshake().wait(12).server("+OK ready <1.2@mx.example>\r\n");
}

test("reads like the session, and shows nothing that may be secret", async () => {
  const talk = greeted()
    .client("USER joe\r\n")
    .server("+OK\r\n")
    .client("PASS s3cret-word\r\n")
    .wait(20)
    .server("-ERR [AUTH] not s3cret-word\r\n")
    .client("AUTH LOGIN\r\n")
    .server("+ VXNlcm5hbWU6\r\n")
    .client("czNjcmV0LXdvcmQ=\r\n")
    .server("+OK s3cret-word\r\n")
    .client("RETR 1\r\nDELE 1\r\nQUIT\r\n")
    .wait(5)
    .server("+OK 20 octets\r\nSubject: s3cret-word\r\n")
    .server("\r\n..\r\n.\r\n+OK\r\n")
    .server("+OK bye\r\n")
    .fin("server")
    .fin("client");
  const lines = await timeline(talk);
  expect(lines.join("\n")).not.toContain("s3cret");
  expect(lines.join("\n")).not.toContain("joe");
  expect(lines).toMatchInlineSnapshot(`
    [
      "0.012  ← +OK                                                         greeting ok after 12 ms",
      "0.012  → USER",
      "0.012  ← +OK                                                         user ok",
      "0.012  → PASS                                                        password in clear text",
      "0.032  ← -ERR [AUTH]                                                 pass err after 20 ms; authentication: failure",
      "0.032  → AUTH login                                                  password in clear text",
      "0.032  ← + (challenge)                                               auth continue",
      "0.032  → (auth, 18 bytes)",
      "0.032  ← +OK                                                         auth ok; authentication: success",
      "0.032  → RETR 1",
      "0.032  → DELE 1                                                      pipelined, 2 outstanding",
      "0.032  → QUIT                                                        pipelined, 3 outstanding",
      "0.037  ← +OK",
      "0.037  ← (lines, 31 bytes)                                           retr ok after 5 ms; message of 27 B",
      "0.037  ← +OK                                                         dele ok after 5 ms",
      "0.037  ← +OK                                                         quit ok after 5 ms; deletion committed",
      "0.037  ← (closes)",
      "0.037  → (closes too)                                                session updated; ends: quit",
    ]
  `);
});

test("tells what is passed unread, and what breaks off", async () => {
  const secured = greeted().client("STLS\r\n").server("+OK\r\n").client(Buffer.from("160301", "hex"));
  expect(await timeline(secured.server(Buffer.from("160303", "hex")).reset("client"))).toMatchInlineSnapshot(`
    [
      "0.012  ← +OK                                                         greeting ok after 12 ms",
      "0.012  → STLS",
      "0.012  ← +OK                                                         stls ok; TLS may begin",
      "0.012  → (3 bytes)                                                   TLS handshake; encrypted from here on",
      "0.012  ↔ (0 bytes from the client, 3 from the server)",
      "0.012  → (resets the connection)                                     session unread; ends: tls",
    ]
  `);
  const broken = greeted().client("RETR 1\r\n").server("+OK\r\nSubject: x\r\n").reset("server");
  expect(await timeline(broken)).toMatchInlineSnapshot(`
    [
      "0.012  ← +OK                                                         greeting ok after 12 ms",
      "0.012  → RETR 1",
      "0.012  ← +OK",
      "0.012  ← (lines, 12 bytes)",
      "0.012  ← (resets the connection)                                     retrieval interrupted; retr unanswered; session anonymous; ends: server_close",
    ]
  `);
});
