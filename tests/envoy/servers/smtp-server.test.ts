// npm's smtp-server and nodemailer: the whole line of the access log, with what each mode shows of the addresses.

import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/requirements.ts";
import { startRecorded, type RecordedRig } from "./recorded.ts";

const SENDER = "Sender@client.example";
const RECIPIENT = "user@mx.example";
const HASH_KEY = "pepper";
const hash = (address: string): string =>
  createHmac("sha256", HASH_KEY).update(address.toLowerCase()).digest("hex").slice(0, 16);

/** What is shown of sender and accepted recipients. */
const SHOWN = {
  omit: {},
  domain: { from: "client.example", to: ["mx.example"] },
  hash: { from: hash(SENDER), to: [hash(RECIPIENT)] },
  plain: { from: SENDER, to: [RECIPIENT] },
} as const;

describeWith(["envoy"], "smtp-server", () => {
  const modes = Object.keys(SHOWN) as (keyof typeof SHOWN)[];
  let server: SMTPServer;
  let rig: RecordedRig;

  beforeAll(async () => {
    server = new SMTPServer({
      logger: false,
      allowInsecureAuth: true,
      onAuth: ({ username }, _session, done) => done(null, { user: username }),
      onRcptTo: ({ address }, _session, done) =>
        done(address === RECIPIENT ? null : Object.assign(new Error("no such user"), { responseCode: 550 })),
      onData: (stream, _session, done) => {
        stream.on("end", () => done());
        stream.resume();
      },
    });
    const socket = server.listen(0, "127.0.0.1");
    await once(socket, "listening");
    const upstream = (socket.address() as AddressInfo).port;
    const listeners = modes.map((identities) => ({
      name: identities,
      upstream,
      configuration: { access_log: { record: true, identities, hash_key: HASH_KEY } },
    }));
    rig = await startRecorded(listeners);
  });
  afterAll(async () => {
    await rig.stop();
    await new Promise<void>((closed) => {
      server.close(closed);
    });
  });

  test.each(modes)("the whole line of one session, identities: %s", async (identities) => {
    const transport = createTransport({
      host: "127.0.0.1",
      port: rig.port(identities),
      ignoreTLS: true,
      name: "client.example",
      auth: { user: "ann", pass: "secret" },
    });
    const text = "hello\n.dot\n";
    await transport.sendMail({ from: SENDER, to: [RECIPIENT, "nobody@mx.example"], subject: "test", text });
    const [one] = await rig.records(identities, 1);
    const { duration_us, transactions, bytes, ...rest } = one?.record ?? expect.fail("no record");
    expect(rest).toEqual({
      // nodemailer leaves without QUIT.
      end: "client_close",
      dialect: "esmtp",
      greeting: 220,
      commands: "ehlo=1 mail=1 rcpt=1/2 data=1 auth=1 commands=5/6",
      starttls_offered: true,
      auth: { mechanism: "plain", result: "success" },
      transactions_total: 1,
    });
    const number = expect.any(Number) as number;
    const counted = { outcome: "committed", recipients: "1/2", mode: "data", code: 250 };
    expect(transactions).toEqual([
      { ...counted, ...SHOWN[identities], bytes: number, commit_us: number, duration_us: number },
    ]);
    expect(transactions[0]?.bytes).toBeGreaterThan(100);
    expect(bytes.client).toBeGreaterThan(transactions[0]?.bytes ?? Infinity);
    expect(duration_us).toBeGreaterThan(transactions[0]?.duration_us ?? Infinity);
    // Never what is secret, and never more of an address than was asked for.
    expect(one?.line).not.toContain(Buffer.from("\0ann\0secret").toString("base64"));
    expect(one?.line).not.toContain("nobody");
    expect(one?.line.includes("@")).toBe(identities === "plain");
  });
});
