import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ManualClock, Vm, type Connection, type HostModule } from "../../host/index.ts";
import { ROOT, builtModule } from "../support/modules.ts";
import { readTranscript, type Step } from "../support/transcript.ts";

/** What a filter may show is numbers, names of its own, and addresses if it was told to. All else is nobody's business. */
const VERBOSITIES = ["low", "standard", "high"];
const IDENTITIES = ["omit", "domain", "hash", "plain"];

const FOLDER = join(ROOT, "tests", "transcripts", "smtp");

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("smtp");
});

/** Everything that leaves the module while sessions run: log lines of all levels, names of metrics, filter state. */
class Outlets {
  private readonly vm: Vm;
  private readonly logged: string[] = [];
  private readonly states: string[] = [];
  private readonly plugin;

  constructor(configuration: object) {
    this.vm = new Vm(module, {
      clock: new ManualClock(),
      logLevel: "trace",
      log: (_, text) => this.logged.push(text),
    });
    this.plugin = this.vm.startPlugin({
      rootId: "heirloom.smtp",
      configuration: JSON.stringify(configuration),
    });
  }

  play(script: (connection: Connection) => void): void {
    const connection = this.plugin.newConnection();
    script(connection);
    // What is written in between must not show anything either.
    this.keep(connection);
    if (!connection.closed) connection.close("remote");
    this.keep(connection);
    this.vm.tick();
  }

  /** All of it as one text. */
  get text(): string {
    const names = this.vm.stats.all().map(({ fullName }) => fullName);
    return [...this.logged, ...this.states, ...names].join("\n");
  }

  advance(milliseconds: number): void {
    this.vm.advance(milliseconds);
  }

  private keep(connection: Connection): void {
    for (const [key, value] of connection.filterState)
      this.states.push(key, Buffer.from(value).toString("latin1"));
  }
}

/** Every way that the filter can be told to show something. */
const CONFIGURATIONS = VERBOSITIES.flatMap((verbosity) =>
  IDENTITIES.map((identities) => ({
    verbosity,
    slow_commands_ms: { default: 1 },
    access_log: { record: true, identities, hash_key: "key-that-nobody-sees" },
  })),
);

/** Words that occur nowhere else; as they are and as Base64, which a log might have undone. */
class Secrets {
  readonly all: string[] = [];

  plain(): string {
    const word = `Zq${this.all.length}xSecretWord${this.all.length * 7919}`;
    this.all.push(word);
    return word;
  }

  base64(...parts: string[]): string {
    const encoded = Buffer.from([...parts, this.plain()].join("\0")).toString("base64");
    this.all.push(encoded.replace(/=+$/, ""));
    return encoded;
  }
}

/** Looks for the words whatever the case of their letters, and for the first half of each. */
function leaks(text: string, secrets: readonly string[]): string[] {
  const haystack = text.toLowerCase();
  return secrets.filter((secret) => {
    const lower = secret.toLowerCase();
    const half = lower.slice(0, Math.max(8, Math.floor(lower.length / 2)));
    return haystack.includes(lower) || haystack.includes(half);
  });
}

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

function send(connection: Connection, [peer, text]: Line, one: boolean): void {
  const bytes = Buffer.from(text, "latin1");
  const chunks = one ? Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)) : [bytes];
  for (const chunk of bytes.length > 1_000 ? [bytes] : chunks) {
    if (peer === "C") connection.downstream(chunk);
    else connection.upstream(chunk);
  }
}

describe("no secret shows", () => {
  for (const configuration of CONFIGURATIONS) {
    const { verbosity, access_log } = configuration;
    test(`at verbosity ${verbosity} with identities ${access_log.identities}`, () => {
      const outlets = new Outlets(configuration);
      const secrets = new Secrets();
      for (const one of [false, true]) {
        for (const lines of sessions(secrets)) {
          outlets.play((connection) => {
            for (const line of lines) {
              send(connection, line, one);
              outlets.advance(3_000);
            }
          });
        }
      }
      expect(secrets.all.length).toBeGreaterThan(100);
      const { text } = outlets;
      expect(text).toContain('"commands":"');
      // The test would see addresses, where they are to be shown.
      expect(text.includes("a@client.example")).toBe(access_log.identities === "plain");
      expect(leaks(text, [...secrets.all, access_log.hash_key])).toEqual([]);
    });
  }
});

describe("of the transcripts' AUTH exchanges nothing shows", () => {
  const conversations = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => readTranscript(join(FOLDER, name), "smtp").conversations);
  const exchanges = conversations
    .map(({ steps }) => ({ steps, secrets: authSecrets(steps) }))
    .filter(({ secrets }) => secrets.length > 0);

  test("there are some", () => {
    expect(exchanges.length).toBeGreaterThan(20);
  });

  for (const identities of IDENTITIES) {
    test(`with identities ${identities}`, () => {
      const access_log = { record: true, identities, hash_key: "k" };
      for (const { steps, secrets } of exchanges) {
        const outlets = new Outlets({ verbosity: "high", access_log });
        outlets.play((connection) => {
          for (const step of steps) perform(connection, step);
        });
        const { text } = outlets;
        expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      }
    });
  }
});

/** Shorter ones occur in words. */
const SHORTEST = 5;

/** Initial responses, and lines that answer a 334. */
function authSecrets(steps: readonly Step[]): string[] {
  const found: string[] = [];
  let isAsked = false;
  for (const step of steps) {
    if (step.kind !== "send") continue;
    const text = Buffer.from(step.bytes).toString("latin1");
    if (step.peer === "server") {
      isAsked = /^334/m.test(text);
      continue;
    }
    for (const [, initial = ""] of text.matchAll(/^(?:AUTH|X-EXPS) \S+ (\S+)/gim)) found.push(initial);
    // Behind a pipelined AUTH come its answers, too.
    const behind = isAsked ? text : (/^(?:AUTH|X-EXPS) .*\r?\n([^]*)/im.exec(text)?.[1] ?? "");
    for (const line of behind.split(/\r?\n/)) if (/^[A-Za-z0-9+/]+=*$/.test(line)) found.push(line);
  }
  const words = /^(QUIT|RSET|NOOP|HELP|DATA|STARTTLS|TURN)$/i;
  return found.filter((secret) => secret.length >= SHORTEST && !words.test(secret) && secret !== "=");
}

function perform(connection: Connection, step: Step): void {
  if (connection.closed || step.kind === "wait") return;
  if (step.kind === "reset") {
    connection.close(step.peer === "client" ? "remote" : "local");
    return;
  }
  const bytes = step.kind === "send" ? step.bytes : new Uint8Array(0);
  if (step.peer === "client") connection.downstream(bytes, step.kind === "end");
  else connection.upstream(bytes, step.kind === "end");
}
