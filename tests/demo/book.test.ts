import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mailClients } from "../../demo/smtp/clients/crowd.ts";
import { Dialog } from "../../demo/smtp/clients/dialog.ts";
import { encrypted } from "../../demo/smtp/clients/mailer.ts";
import { SCENARIOS } from "../../demo/smtp/clients/scenarios.ts";
import { BOOK_PREFIX } from "../../demo/smtp/server/book.ts";
import { MAX_MESSAGE_BYTES } from "../../demo/smtp/server/policy.ts";
import { MailServer } from "../../demo/smtp/server/server.ts";
import { setTimeout as delay } from "node:timers/promises";
import { entriesOf } from "./support.ts";

const ANY = { host: "127.0.0.1", port: 0 };
const SENDER = "MAIL FROM:<a@demo.test>";

let server: MailServer;

beforeEach(async () => {
  server = await MailServer.start(ANY);
});

afterEach(async () => {
  await server.stop();
});

/** Everything above 0 in the server's book. */
function book(): Promise<Record<string, number>> {
  return entriesOf(server, BOOK_PREFIX);
}

async function hello(): Promise<Dialog> {
  const dialog = await Dialog.open(server.address);
  await dialog.ask("EHLO client.demo.test", 250);
  return dialog;
}

describe("the mail server's book", () => {
  test("of a session with one message, to the last byte", async () => {
    const dialog = await hello();
    await dialog.ask(SENDER, 250);
    await dialog.ask("RCPT TO:<office@demo.test>", 250);
    await dialog.ask("DATA", 354);
    dialog.write("Subject: x\r\n\r\n..dot\r\n.\r\n");
    await dialog.expect(250);
    await dialog.quit();
    const said = [
      "220 mail.demo.test ESMTP Heirloom demo",
      "250-mail.demo.test Nice to meet you, [127.0.0.1]",
      ...["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "STARTTLS"].map(
        (word) => `250-${word}`,
      ),
      `250 SIZE ${MAX_MESSAGE_BYTES}`,
      "250 2.1.0 Accepted",
      "250 2.1.5 Accepted",
      "354 End data with <CR><LF>.<CR><LF>",
      "250 2.6.0 OK: message queued",
      "221 2.0.0 Bye",
    ];
    const asked = [
      "EHLO client.demo.test",
      SENDER,
      "RCPT TO:<office@demo.test>",
      "DATA",
      "Subject: x",
      "",
      "..dot",
    ];
    const bytes = (lines: string[]): number => lines.reduce((sum, line) => sum + line.length + 2, 0);
    expect(await book()).toEqual({
      sessions_total: 1,
      "session_ends_total reason=quit": 1,
      "commands_total verb=ehlo": 1,
      "commands_total verb=mail": 1,
      "commands_total verb=rcpt": 1,
      "commands_total verb=data": 1,
      "commands_total verb=eod": 1,
      "commands_total verb=quit": 1,
      "replies_total verb=connect class=2xx": 1,
      "replies_total verb=ehlo class=2xx": 1,
      "replies_total verb=mail class=2xx": 1,
      "replies_total verb=rcpt class=2xx": 1,
      "replies_total verb=data class=3xx": 1,
      "replies_total verb=eod class=2xx": 1,
      "replies_total verb=quit class=2xx": 1,
      "reply_codes_total code=220": 1,
      "reply_codes_total code=250": 4,
      "reply_codes_total code=354": 1,
      "reply_codes_total code=221": 1,
      transactions_started_total: 1,
      "transactions_total outcome=committed": 1,
      "recipients_total outcome=accepted": 1,
      "messages_total mode=data": 1,
      message_bytes_count: 1,
      // Without the final dot and without the dot that hid another one.
      message_bytes_sum: "Subject: x\r\n\r\n.dot\r\n".length,
      "clear_bytes_total from=client": bytes([...asked, ".", "QUIT"]),
      "clear_bytes_total from=server": bytes(said),
    });
  });

  test.each<[string, string[], number[], Record<string, number>]>([
    ["QUIT", [], [], { "transaction_aborts_total cause=quit": 1 }],
    ["RSET", ["RSET"], [250], { "transaction_aborts_total cause=rset": 1 }],
    ["a new hello", ["HELO again"], [250], { "transaction_aborts_total cause=hello": 1 }],
    [
      "refused recipients, one for now",
      ["RCPT TO:<nobody@demo.test>", "RCPT TO:<full@demo.test>", "DATA"],
      [550, 452, 503],
      { "transaction_rejections_total stage=rcpt class=4xx": 1 },
    ],
    [
      "refused recipients, all for good",
      ["RCPT TO:<nobody@demo.test>"],
      [550],
      { "transaction_rejections_total stage=rcpt class=5xx": 1 },
    ],
    ["DATA without a recipient", ["DATA"], [503], { "transaction_rejections_total stage=data class=5xx": 1 }],
    [
      "one refused recipient beside a good one",
      ["RCPT TO:<nobody@demo.test>", "RCPT TO:<office@demo.test>"],
      [550, 250],
      { "transaction_aborts_total cause=quit": 1 },
    ],
  ])("of a transaction that ends by %s", async (_, lines, codes, expected) => {
    const dialog = await hello();
    dialog.send(SENDER, ...lines);
    for (const code of [250, ...codes]) await dialog.expect(code);
    await dialog.quit();
    const found = Object.entries(await book()).filter(([key]) =>
      /^transaction_(aborts|rejections)/.test(key),
    );
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test("of a session stops at its TLS upgrade", async () => {
    await encrypted(server.address);
    const found = await book();
    expect(found).toMatchObject({
      tls_upgrades_total: 1,
      "session_ends_total reason=tls": 1,
      "commands_total verb=ehlo": 1,
      "commands_total verb=starttls": 1,
      "clear_bytes_total from=client": "EHLO tls.demo.test\r\nSTARTTLS\r\n".length,
    });
    const after = /transactions|recipients|messages|verb=(mail|rcpt|data|eod|quit)|code=(354|221)/;
    expect(Object.keys(found).filter((key) => after.test(key))).toEqual([]);
  });

  test("of a message that breaks off has no message", async () => {
    const dialog = await hello();
    await dialog.ask(SENDER, 250);
    await dialog.ask("RCPT TO:<office@demo.test>", 250);
    await dialog.ask("DATA", 354);
    dialog.write("half a mess");
    await dialog.hangUp();
    const found = await book();
    expect(found).toMatchObject({ "transaction_aborts_total cause=client_close": 1 });
    expect(found).not.toHaveProperty("messages_total mode=data");
  });
});

describe("the demo's clients", () => {
  test.each(SCENARIOS.map((scenario, i) => [i, scenario] as const))(
    "session %i ends as it should, and the book balances",
    async (_, scenario) => {
      await scenario(server.address);
      const found = await book();
      const sum = (metric: string): number =>
        Object.entries(found).reduce(
          (total, [key, n]) => (key.split(" ")[0] === metric ? total + n : total),
          0,
        );
      expect(found.sessions_total).toBe(1);
      expect(sum("session_ends_total")).toBe(1);
      expect(sum("transactions_total")).toBe(sum("transactions_started_total"));
      expect(sum("replies_total")).toBe(sum("commands_total") + 1);
    },
  );

  test("work side by side until they are stopped, without a complaint", async () => {
    const crowd = mailClients(server.address);
    while (crowd.finished < 40) await delay(20);
    await crowd.stop();
    expect(crowd.complaints).toEqual([]);
    const found = await book();
    expect(found["session_ends_total reason=tls"]).toBeGreaterThan(0);
    expect(found["transactions_total outcome=committed"]).toBeGreaterThan(0);
  });

  test("complain, in one line each, when nobody answers", async () => {
    const nowhere = { host: "127.0.0.1", port: 1 };
    const crowd = mailClients(nowhere);
    while (crowd.complaints.length < 5) await delay(5);
    await crowd.stop();
    for (const line of crowd.complaints) expect(line).toMatch(/^\S.*ECONNREFUSED/);
  });
});
