// What has to hold on every Envoy: both filters before real servers, and every number they give, with its labels.

import { afterAll, beforeAll, expect, test } from "vitest";
import { runSource, startSink, type RunningSink } from "../../bench/postfix.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { bind, directoryServer, sendMail, mailServer, type BookedServer } from "../support/booked-servers.ts";
import { key, settled, violations } from "./support/books.ts";
import { ldapViolations } from "./support/ldap-books.ts";
import { describeWith, postfixTools } from "./support/requirements.ts";
import { ldap, smtp, startRig, type Rig } from "./support/rig.ts";
import { told, type Passed } from "./support/told.ts";

const LOAD = { messages: 500, parallel: 20, bytes: 1_000, recipients: 2 } as const;
const BINDS = 20;

describeWith(["envoy", "postfix"], "the core", () => {
  let sink: RunningSink;
  let mail: BookedServer;
  let directory: BookedServer;
  let rig: Rig;

  beforeAll(async () => {
    sink = await startSink(postfixTools(), await anyPort());
    mail = await mailServer();
    directory = await directoryServer();
    rig = await startRig({
      workers: 2,
      listeners: [
        { name: "load", upstream: sink.port, filters: [smtp({ stat_prefix: "load", verbosity: "high" })] },
        { name: "mail", upstream: mail.port, filters: [smtp({ stat_prefix: "mail" })] },
        { name: "ldap", upstream: directory.port, filters: [ldap({ stat_prefix: "edge" })] },
      ],
    });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    await sink.stop();
    await mail.stop();
    await directory.stop();
  });

  test("smtp-source sends: every number at the highest verbosity is what it was told to send", async () => {
    const { code, errors } = await runSource(postfixTools(), { ...LOAD, port: rig.port("load") });
    expect([errors, code]).toEqual(["", 0]);
    const book = await settled(rig.envoy, LOAD.messages, { prefix: "load" });
    expect(violations(book)).toEqual([]);
    expect(book).toEqual(told(LOAD, "high", await passed("load")));
  });

  test("nodemailer delivers to smtp-server, with a login", async () => {
    await sendMail({ port: rig.port("mail") });
    const book = await settled(rig.envoy, 1, { prefix: "mail" });
    expect(violations(book)).toEqual([]);
    expect(mail.count()).toBe(1);
    expect(book).toMatchObject({
      sessions_total: 1,
      [key("session_dialects_total", { dialect: "esmtp" })]: 1,
      [key("transactions_total", { outcome: "committed" })]: 1,
    });
  });

  test("ldapts binds: the whole book is what it did, and the bytes are Envoy's own", async () => {
    for (let i = 0; i < BINDS; i++) await bind({ port: rig.port("ldap") });
    const book = await settled(rig.envoy, BINDS, { protocol: "ldap", prefix: "edge" });
    expect(ldapViolations(book)).toEqual([]);
    expect(directory.count()).toBe(BINDS);
    const { fromClient, fromServer } = await passed("ldap");
    expect(book).toEqual({
      connections_total: BINDS,
      [key("connection_ends_total", { reason: "unbind" })]: BINDS,
      [key("bytes_total", { from: "client" })]: fromClient,
      [key("bytes_total", { from: "server" })]: fromServer,
      // A bind with its response, and Unbind, which has none.
      [key("messages_total", { from: "client" })]: 2 * BINDS,
      [key("messages_total", { from: "server" })]: BINDS,
      [key("message_bytes_count", { from: "client" })]: 2 * BINDS,
      [key("message_bytes_count", { from: "server" })]: BINDS,
      [key("requests_total", { op: "bind" })]: BINDS,
      [key("requests_total", { op: "unbind" })]: BINDS,
      [key("operations_total", { outcome: "answered" })]: BINDS,
      [key("operation_duration_us_count", { op: "bind" })]: BINDS,
      request_duration_us_count: BINDS,
      [key("responses_total", { class: "success", op: "bind" })]: BINDS,
      [key("result_codes_total", { code: "0" })]: BINDS,
      [key("binds_total", { method: "simple" })]: BINDS,
      [key("bind_results_total", { result: "success" })]: BINDS,
      [key("cleartext_binds_total", { method: "simple" })]: BINDS,
      bind_exchange_us_count: BINDS,
    });
  });

  /** What Envoy's tcp_proxy read from and wrote to the clients of a listener. */
  async function passed(listener: string): Promise<Passed> {
    const samples = await rig.envoy.scrape();
    const of = (name: string): number =>
      samples.find((one) => one.name === name && one.labels["envoy_tcp_prefix"] === listener)?.value ?? NaN;
    return {
      fromClient: of("envoy_tcp_downstream_cx_rx_bytes_total"),
      fromServer: of("envoy_tcp_downstream_cx_tx_bytes_total"),
    };
  }
});
