/** What clients say to Postfix: every kind of session that its summary tells apart. */

import {
  FROM,
  greeted,
  group,
  recipients,
  repeated,
  sayAll,
  TEXT,
  TO,
  TO_BUSY,
  TO_UNKNOWN,
  type Dialogue,
} from "./lines.ts";
import { AUTHENTICATION, ODDITIES } from "./oddities.ts";
import { MAX_MESSAGE } from "./postfix.ts";

const ENVELOPES: Readonly<Record<string, Dialogue>> = {
  "one message": async (client, turn) => {
    await greeted(client, turn % 2 === 0 ? "HELO client.example" : "ehlo client.example");
    await sayAll(client, [FROM, TO, "DATA", TEXT, "QUIT"]);
  },
  "some recipients are refused": async (client, turn) => {
    await greeted(client);
    await sayAll(client, [FROM, ...recipients(turn), "DATA", TEXT, "QUIT"]);
  },
  "all recipients are refused, DATA too": async (client, turn) => {
    await greeted(client);
    await group(client, [FROM, ...repeated(TO_UNKNOWN, 1 + (turn % 3)), "DATA"]);
    await sayAll(client, ["RSET", "QUIT"]);
  },
  "the sender is refused": async (client) => {
    await greeted(client);
    await sayAll(client, ["MAIL FROM:<spammer@client.example>", TO, "DATA", "QUIT"]);
  },
  "null sender, empty message": async (client) => {
    await greeted(client);
    await sayAll(client, ["MAIL FROM:<>", TO, "DATA", ".", "QUIT"]);
  },
  "several messages": async (client, turn) => {
    await greeted(client);
    for (let i = 0; i < 1 + (turn % 5); i++) {
      await sayAll(client, [FROM, ...recipients(turn + i), "DATA", TEXT]);
      if (i % 2 === 1) await client.say("RSET");
    }
    await client.say("QUIT");
  },
  "transactions given up": async (client, turn) => {
    await greeted(client);
    const giveUp = ["RSET", "EHLO client.example", "HELO client.example"][turn % 3] ?? "RSET";
    await sayAll(client, [FROM, TO, giveUp, FROM, giveUp, FROM, TO_BUSY, "QUIT"]);
  },
  "commands out of order": async (client) => {
    await client.reply();
    await sayAll(client, [
      "DATA",
      TO,
      FROM,
      "EHLO client.example",
      TO,
      "DATA",
      FROM,
      FROM,
      "DATA",
      "RSET",
      "QUIT",
    ]);
  },
  "too large a message, announced": async (client) => {
    await greeted(client);
    await sayAll(client, [`${FROM} SIZE=${MAX_MESSAGE + 1}`, `${FROM} SIZE=10`, TO, "DATA", TEXT, "QUIT"]);
  },
  "too large a message, not announced": async (client) => {
    await greeted(client);
    const large = `Subject: large\r\n\r\n${"x".repeat(70)}\r\n`.padEnd(
      MAX_MESSAGE + 2_000,
      `${"y".repeat(70)}\r\n`,
    );
    await sayAll(client, [FROM, TO, "DATA", `${large}\r\n.`, "QUIT"]);
  },
  "many recipients": async (client) => {
    await greeted(client);
    await group(client, [FROM, ...repeated(TO, 60), ...repeated(TO_BUSY, 10), "DATA"]);
    await sayAll(client, [TEXT, "QUIT"]);
  },
};

const GROUPS: Readonly<Record<string, Dialogue>> = {
  "a group up to DATA, QUIT behind the dot": async (client, turn) => {
    await greeted(client);
    await group(client, [FROM, ...recipients(turn), "DATA"]);
    await group(client, [TEXT, "QUIT"]);
  },
  "all in one segment": async (client, turn) => {
    await greeted(client);
    await group(client, [FROM, ...recipients(turn), "DATA", TEXT, FROM, TO, "DATA", TEXT, "QUIT"]);
  },
  "MAIL, RSET and QUIT behind the dot": async (client) => {
    await greeted(client);
    await group(client, [FROM, TO, "DATA"]);
    await group(client, [TEXT, FROM, TO, "RSET", "NOOP", "QUIT"]);
  },
  "RSET behind a DATA that is refused": async (client) => {
    await greeted(client);
    await group(client, [FROM, TO_UNKNOWN, "DATA", "RSET", FROM, TO, "RSET", "QUIT"]);
  },
  "the body behind a DATA that is refused": async (client) => {
    await greeted(client);
    client.send(`${FROM}\r\n${TO_UNKNOWN}\r\nDATA\r\n${TEXT}\r\nQUIT\r\n`);
    await client.rest();
  },
  "a body without headers behind a DATA that is refused": async (client) => {
    await greeted(client);
    await group(client, [FROM, TO_BUSY, "DATA", "hello you", "there", ".", "QUIT"]);
  },
  "the client talks first": async (client) => {
    client.send(`EHLO client.example\r\n${FROM}\r\n`);
    for (let i = 0; i < 3; i++) await client.reply();
    await sayAll(client, [TO, "DATA", TEXT, "QUIT"]);
  },
};

const CHUNKS: Readonly<Record<string, Dialogue>> = {
  "BDAT in chunks": async (client, turn) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    for (let i = 0; i < turn % 4; i++) {
      client.send(`BDAT 12\r\nSubject: ${i}\r\n`);
      await client.reply();
    }
    client.send("BDAT 7 LAST\r\n\r\nhello");
    await client.reply();
    await client.say("QUIT");
  },
  "BDAT pipelined with all": async (client, turn) => {
    await greeted(client);
    const people = recipients(turn);
    client.send(`${[FROM, ...people].join("\r\n")}\r\nBDAT 4\r\na: bBDAT 9 LAST\r\n\r\n\r\nhelloQUIT\r\n`);
    for (let i = 0; i < people.length + 4; i++) await client.reply();
  },
  "an empty last chunk": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    client.send("BDAT 6\r\nhello\n");
    await client.reply();
    await sayAll(client, ["BDAT 0 LAST", FROM, TO, "BDAT 0 LAST", "QUIT"]);
  },
  "BDAT without recipients": async (client) => {
    await greeted(client);
    client.send(`${FROM}\r\n${TO_UNKNOWN}\r\nBDAT 5\r\nhelloBDAT 5 LAST\r\nhelloRSET\r\n`);
    for (let i = 0; i < 5; i++) await client.reply();
    await client.say("QUIT");
  },
  "BDAT after the last one, DATA amid": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    client.send("BDAT 5\r\nhelloDATA\r\nBDAT 5 LAST\r\nhelloBDAT 5 LAST\r\nhello");
    for (let i = 0; i < 4; i++) await client.reply();
    await sayAll(client, ["DATA", "QUIT"]);
  },
  "BDAT too large": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    const half = "z".repeat(MAX_MESSAGE / 2 + 1_000);
    client.send(`BDAT ${half.length}\r\n${half}BDAT ${half.length} LAST\r\n${half}`);
    await client.reply();
    await client.reply();
    await client.say("QUIT");
  },
  "BDAT of no size": async (client, turn) => {
    await greeted(client);
    const size = ["", " x", " -1", " 5 LAST x", " 99999999999999999999"][turn % 5] ?? "";
    client.send(`${FROM}\r\n${TO}\r\nBDAT${size}\r\nNOOP\r\n`);
    await client.rest();
  },
  "BDAT unfinished": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    client.send("BDAT 5000 LAST\r\nhello");
  },
};

const ENDS: Readonly<Record<string, Dialogue>> = {
  "nothing at all": async (client) => {
    await client.reply();
  },
  "gone after the hello": (client) => greeted(client),
  "gone behind an accepted recipient": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
  },
  "gone within the body": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO, "DATA"]);
    client.send("Subject: cut\r\n\r\nhel");
  },
  "gone right behind the dot": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO, "DATA"]);
    client.send(`${TEXT}\r\n`);
    client.leave();
  },
  "gone with replies to come": async (client) => {
    await greeted(client);
    client.send(`${FROM}\r\n${TO}\r\n${TO_BUSY}\r\nNOOP\r\n`);
    client.leave();
  },
  "gone within a line": async (client) => {
    await greeted(client);
    client.send("MAIL FR");
  },
};

/** All by name; the filter counts them as Postfix does. */
export const DIALOGUES: Readonly<Record<string, Dialogue>> = {
  ...ENVELOPES,
  ...GROUPS,
  ...CHUNKS,
  ...AUTHENTICATION,
  ...ODDITIES,
  ...ENDS,
};
