import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heirloom } from "../support/heirloom.ts";
import { TcpTalk, packetsOf, pcapOf } from "../support/pcap.ts";
import { timelineOf } from "../support/timeline.ts";
import { watBinary } from "../support/wat.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heirloom-timeline-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The lines of a time line, without its head. */
async function timeline(talk: TcpTalk, ...words: string[]): Promise<string[]> {
  const options = words.includes("--filter") ? words : ["--filter", "smtp", ...words];
  return (await timelineOf(talk.segments, ...options)).slice(3);
}

function greeted(extensions = "250 PIPELINING\r\n"): TcpTalk {
  return new TcpTalk()
    .handshake()
    .wait(12)
    .server("220 mx.example ESMTP\r\n")
    .client("EHLO client.example\r\n")
    .wait(1)
    .server(`250-mx.example\r\n${extensions}`);
}

const GREETED = 3;

function quit(talk: TcpTalk): TcpTalk {
  return talk.client("QUIT\r\n").server("221 bye\r\n").fin("server").fin("client");
}

describe("the time line of a connection", () => {
  test("reads like the session: who said what, when, how long it took, what came of it", async () => {
    const talk = greeted("250-SIZE 1000\r\n250 AUTH PLAIN\r\n")
      .client("MAIL FROM:<a@client.example>\r\n")
      .wait(0.25)
      .server("250 ok\r\n")
      .client("RCPT TO:<b@mx.example>\r\n")
      .server("550 no such user\r\n")
      .client("RCPT TO:<c@mx.example>\r\n")
      .server("250 ok\r\n")
      .client("DATA\r\n")
      .server("354 go\r\n")
      .wait(10)
      .client("Subject: x\r\n\r\n..dot\r\n")
      .client("text\r\n.\r\n")
      .wait(1300)
      .server("250 2.0.0 queued as 1\r\n");
    expect(await timeline(quit(talk))).toMatchInlineSnapshot(`
      [
        "0.012  ← 220 mx.example ESMTP                                        greeting 2xx after 12 ms",
        "0.012  → EHLO client.example",
        "0.013  ← 250-mx.example (3 lines)                                    ehlo 2xx after 1 ms; offers SIZE AUTH",
        "0.013  → MAIL FROM:<a@client.example>",
        "0.013  ← 250 ok                                                      mail 2xx after 250 µs",
        "0.013  → RCPT TO:<b@mx.example>",
        "0.013  ← 550 no such user                                            rcpt 5xx; recipient refused",
        "0.013  → RCPT TO:<c@mx.example>",
        "0.013  ← 250 ok                                                      rcpt 2xx; recipient accepted",
        "0.013  → DATA",
        "0.013  ← 354 go                                                      data 3xx",
        "0.023  → (message data, 27 bytes in 3 pieces)",
        "0.023  → .                                                           message of 26 B",
        "1.323  ← 250 2.0.0 queued as 1                                       end of data 2xx after 1.3 s; mail committed",
        "1.323  → QUIT",
        "1.323  ← 221 bye                                                     quit 2xx",
        "1.323  ← (closes)",
        "1.323  → (closes too)                                                session ends: quit",
      ]
    `);
  });

  test("has a head that says who and when", async () => {
    const file = join(folder, "head.pcap");
    writeFileSync(file, pcapOf(packetsOf(quit(greeted()).segments)));
    const { out } = await heirloom("replay", file, "--filter", "smtp", "--timeline", "1");
    expect(out.split("\n").slice(0, 3)).toEqual([
      "connection 1: client 192.0.2.1:49152 → server 192.0.2.2:25",
      "opened 2026-01-01 00:00:00.000 UTC, lasted 13 ms",
      "",
    ]);
  });

  test("tells pipelined commands apart, each with its own reply", async () => {
    const talk = greeted()
      .client("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\nbody\r\n.\r\nQUIT\r\n")
      .wait(5)
      .server("250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n");
    expect((await timeline(talk)).slice(GREETED)).toMatchInlineSnapshot(`
      [
        "0.013  → MAIL FROM:<a@client.example>",
        "0.013  → RCPT TO:<b@mx.example>                                      pipelined, 2 outstanding",
        "0.013  → DATA                                                        pipelined, 3 outstanding",
        "0.013  → (sent ahead, 15 bytes in 3 pieces)",
        "0.018  ← 250 ok                                                      mail 2xx after 5 ms",
        "0.018  ← 250 ok                                                      rcpt 2xx after 5 ms; recipient accepted",
        "0.018  ← 354 go                                                      data 3xx after 5 ms; message of 6 B; ! data_before_354; sent ahead: end of data, quit",
        "0.018  ← 250 queued                                                  end of data 2xx; mail committed",
        "0.018  ← 221 bye                                                     quit 2xx",
      ]
    `);
  });

  test("shows chunks as their size", async () => {
    const talk = greeted("250 CHUNKING\r\n")
      .client("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nBDAT 2000 LAST\r\n")
      .client("x".repeat(1000))
      .client("x\r\n.\r\n".repeat(200).slice(0, 1000))
      .server("250 ok\r\n250 ok\r\n250 queued\r\n");
    expect((await timeline(talk)).slice(GREETED)).toMatchInlineSnapshot(`
      [
        "0.013  → MAIL FROM:<a@client.example>",
        "0.013  → RCPT TO:<b@mx.example>                                      pipelined, 2 outstanding; ! pipeline_not_offered",
        "0.013  → BDAT 2000 LAST                                              pipelined, 3 outstanding",
        "0.013  → (chunk data, 2,000 bytes in 2 pieces)",
        "0.013  ← 250 ok                                                      mail 2xx",
        "0.013  ← 250 ok                                                      rcpt 2xx; recipient accepted; message of 2 kB",
        "0.013  ← 250 queued                                                  bdat 2xx; mail committed",
      ]
    `);
  });

  test("shows what is encrypted as sizes", async () => {
    const talk = greeted("250 STARTTLS\r\n")
      .client("STARTTLS\r\n")
      .server("220 go\r\n")
      .client(Buffer.from("1603010005hello", "latin1").fill(0x16, 0, 1))
      .server("\x16\x03\x03\0\0secret".repeat(3))
      .client("secret")
      .fin("client")
      .fin("server");
    expect((await timeline(talk)).slice(GREETED)).toMatchInlineSnapshot(`
      [
        "0.013  → STARTTLS",
        "0.013  ← 220 go                                                      starttls 2xx; TLS may begin",
        "0.013  → (15 bytes)                                                  TLS handshake; encrypted from here on",
        "0.013  ↔ (6 bytes from the client, 33 from the server)",
        "0.013  → (closes)",
        "0.013  ← (closes too)                                                session ends: tls",
      ]
    `);
  });

  test("says where the capture has a gap, and where it begins late", async () => {
    const talk = greeted()
      .client("NOOP\r\n")
      .client("RSET\r\n")
      .server("250 ok\r\n250 ok\r\n")
      .fin("client")
      .fin("server");
    const file = join(folder, "gap.pcap");
    writeFileSync(file, pcapOf(packetsOf(talk.segments.filter((_, i) => i !== 6))));
    const { out } = await heirloom("replay", file, "--filter", "smtp", "--timeline", "1");
    expect(
      out
        .trimEnd()
        .split("\n")
        .slice(3 + GREETED),
    ).toMatchInlineSnapshot(`
      [
        "0.013  → (6 bytes not captured)                                      cannot be followed from here on; ! desync",
        "0.013  ↔ (6 bytes from the client, 16 from the server)",
        "0.013  → (closes)",
        "0.013  ← (closes too)                                                session ends: desync",
      ]
    `);
    const late = new TcpTalk().server("250 ok\r\n").client("RSET\r\n").fin("client").fin("server");
    expect(await timeline(late)).toMatchInlineSnapshot(`
      [
        "0.000  ← (under way when the capture begins)                         cannot be followed from here on; ! desync; greeting unanswered",
        "0.000  ↔ (6 bytes from the client, 0 from the server)",
        "0.000  → (closes)",
        "0.000  ← (closes too)                                                session ends: desync",
      ]
    `);
  });

  test("names anomalies, refusals and unanswered commands", async () => {
    const talk = greeted()
      .client("RCPT TO:<b@mx.example>\r\n")
      .server("503 bad sequence\r\n")
      .client("XYZZY plugh\r\n")
      .server("500 what?\r\n")
      .client("NOOP\n")
      .server("250 ok\r\n")
      .client("MAIL FROM:<a@client.example>\r\n")
      .reset("client");
    expect((await timeline(talk)).slice(GREETED)).toMatchInlineSnapshot(`
      [
        "0.013  → RCPT TO:<b@mx.example>",
        "0.013  ← 503 bad sequence                                            rcpt 5xx; recipient refused; ! rcpt_before_mail",
        "0.013  → XYZZY (13 bytes)",
        "0.013  ← 500 what?                                                   unknown command 5xx; ! unknown_command",
        "0.013  → NOOP                                                        ! bare_lf_command",
        "0.013  ← 250 ok                                                      noop 2xx",
        "0.013  → MAIL FROM:<a@client.example>",
        "0.013  → (resets the connection)                                     mail unanswered; session ends: client_close",
      ]
    `);
  });

  test("cannot harm a terminal, and fits it", async () => {
    const [greeting] = await timeline(
      new TcpTalk().handshake().server(`220 \x1b[2J\u202e${"x".repeat(200)}\r\n`),
    );
    expect(greeting).toContain("← 220 ·[2J·xxxx");
    expect(greeting).toContain("x…  greeting 2xx");
    expect([...(greeting ?? "")].length).toBeLessThan(120);
  });

  test("as JSON", async () => {
    const file = join(folder, "json.pcap");
    writeFileSync(file, pcapOf(packetsOf(quit(greeted()).segments)));
    const { out } = await heirloom("replay", file, "--filter", "smtp", "--timeline", "1", "--format", "json");
    expect(JSON.parse(out)).toMatchObject({
      connection: { number: 1, client: "192.0.2.1:49152", server: "192.0.2.2:25" },
      timeline: [
        {
          seconds: 0.012,
          from: "server",
          text: "220 mx.example ESMTP",
          outcome: ["greeting 2xx after 12 ms"],
        },
        { from: "client", text: "EHLO client.example", outcome: [] },
        { seconds: 0.013, from: "server" },
        {},
        {},
        {},
        { outcome: ["session ends: quit"] },
      ],
    });
  });

  test("shows every detail, whatever verbosity is configured", async () => {
    const config = join(folder, "low.json");
    writeFileSync(config, '{"verbosity": "low"}');
    expect((await timeline(greeted(), "--config", config))[0]).toContain("greeting 2xx after 12 ms");
  });

  test("of a filter whose protocol is unknown has sizes and metrics", async () => {
    const own = join(folder, "own.wasm");
    writeFileSync(
      own,
      watBinary(`(data (i32.const 16) "own.default.things_total.colour.red")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $define (i32.const 0) (i32.const 16) (i32.const 35) (i32.const 8))) (i32.const 1))
        (func (export "proxy_on_downstream_data") (param i32) (param $size i32) (param i32) (result i32)
          (if (local.get $size) (then (drop (call $increment (i32.const 4) (i64.const 2))))) (i32.const 0))`),
    );
    const lines = await timeline(
      new TcpTalk().handshake().client("abc").fin("client"),
      "--filter",
      `own=${own}`,
    );
    expect(lines.map((line) => line.replace(/ +/g, " "))).toEqual([
      "0.000 → (3 bytes) things_total colour=red +2",
      "0.000 → (closes)",
    ]);
  });
});

describe("secrets", () => {
  const SECRETS = ["AGFAYgBzZWNyZXQ=", "c2VjcmV0cGFzcw==", "dXNlcm5hbWU=", "hunter2hunter2", "imap://token"];

  async function shown(talk: TcpTalk): Promise<string> {
    const text = (await timeline(talk)).join("\n");
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    return text;
  }

  const offering = (): TcpTalk => greeted("250-AUTH PLAIN LOGIN\r\n250 PIPELINING\r\n");

  test("of AUTH with an initial response, also where the server repeats it", async () => {
    const talk = offering()
      .client("AUTH PLAIN AGFAYgBzZWNyZXQ=\r\n")
      .server("535 5.7.8 no: AGFAYgBzZWNyZXQ=\r\n");
    expect(await shown(talk)).toMatch(
      /→ AUTH PLAIN \*{8} .*\n.*← 535 5\.7\.8 no: \*{8} .*authentication: failure/,
    );
  });

  test("of AUTH LOGIN, line by line and all at once", async () => {
    const lines = ["AUTH LOGIN\r\n", "dXNlcm5hbWU=\r\n", "c2VjcmV0cGFzcw==\r\n"];
    const replies = ["334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n"];
    const slow = offering();
    lines.forEach((line, i) => slow.client(line).server(replies[i] ?? ""));
    expect(await shown(slow)).toContain("authentication: success");
    expect(await shown(offering().client(lines.join("")).server(replies.join("")))).toContain(
      "authentication: success",
    );
    const refused = offering()
      .client(lines.join(""))
      .server("503 no\r\n500 c2VjcmV0cGFzcw== what?\r\n500 what?\r\n");
    expect(await shown(refused)).toContain("authentication: failure");
  });

  test("sent in pieces, at any place", async () => {
    const line = "AUTH PLAIN AGFAYgBzZWNyZXQ=\r\n";
    for (let at = 1; at < line.length; at++) {
      await shown(offering().client(line.slice(0, at)).client(line.slice(at)).server("235 ok\r\n"));
    }
  });

  test("sent before the greeting, of which the filter has something to say at the first byte", async () => {
    const line = "AUTH PLAIN hunter2hunter2\r\n";
    for (let at = 1; at < line.length; at++) {
      const talk = new TcpTalk().handshake().client(line.slice(0, at)).client(line.slice(at));
      expect(await shown(talk.server("220 mx\r\n503 no\r\n"))).toMatch(/→ AUTH PLAIN \*{8} /);
    }
    const unfinished = new TcpTalk().handshake().client("AUTH PLAIN hunter2hunter2").fin("client");
    expect(await shown(unfinished)).toContain("(unfinished line, 25 bytes)");
  });

  test("of a mechanism that nobody knows", async () => {
    expect(await shown(offering().client("AUTH hunter2hunter2\r\n").server("504 no\r\n"))).toContain(
      "AUTH ********",
    );
  });

  test("that a client sends though nobody asked", async () => {
    await shown(
      offering()
        .client("dXNlcm5hbWU=\r\nc2VjcmV0cGFzcw==\r\nhunter2hunter2\r\n")
        .server("500 a\r\n500 b\r\n500 c\r\n"),
    );
    await shown(
      offering()
        .client("AUTH PLAIN\r\n")
        .server("503 no\r\n")
        .client("hunter2hunter2\r\n")
        .server("500 hunter2hunter2\r\n"),
    );
    await shown(offering().client("BURL imap://token LAST\r\n").server("503 no\r\n"));
  });
});
