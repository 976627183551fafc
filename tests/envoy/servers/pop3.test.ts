// Dovecot's POP3: what the filter records of each session is what Dovecot's own line at its end says, field by field.

import { spawn, spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { anyPort } from "../../../host/envoy/ports.ts";
import { settled, sum, violations, type Books } from "../support/books.ts";
import { describeWith } from "../support/requirements.ts";
import { pop3 } from "../support/rig.ts";
import { Pop3Client } from "./pop3-client.ts";
import { PASSWORD, startPop3, type DovecotPop3, type Logout } from "./pop3-dovecot.ts";
import { DIALOGUES, MESSAGES } from "./pop3-dialogues.ts";
import { startRecorded, type Recorded, type RecordedRig } from "./recorded.ts";

/** The record as the filter writes it. */
interface Pop3Record {
  readonly end: string;
  readonly outcome: string;
  readonly commands: string;
  readonly maildrop?: { readonly messages: number; readonly bytes: number };
  readonly retrieved?: Passed;
  readonly previewed?: Passed;
  readonly deletions?: Readonly<Record<string, number>>;
}
interface Passed {
  readonly messages: number;
  readonly bytes: number;
  readonly wire_bytes: number;
}

const SESSIONS = 200;
const PARALLEL = 4;
/** Octets of a dot line. */
const DOT_LINE = 3;

describeWith(["envoy", "server:dovecot"], "POP3 of Dovecot", () => {
  let dovecot: DovecotPop3;
  let rig: RecordedRig<Pop3Record>;

  beforeAll(async () => {
    const users = [...Array.from({ length: SESSIONS }, (_, i) => userOf(i)), "tls", "curl"];
    dovecot = await startPop3(await anyPort(), users, MESSAGES);
    const names = ["load", "tls", "curl"];
    rig = await startRecorded<Pop3Record>(
      names.map((name) => ({ name, upstream: dovecot.port })),
      2,
      pop3,
    );
  });
  afterAll(async () => {
    await rig.stop();
    await dovecot.stop();
  });

  test("a mixed load: every session is what Dovecot says it was", async () => {
    const octets = new Map<string, Pop3Client["statusOctets"]>();
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < SESSIONS; i = next++) {
        const client = await Pop3Client.connect(rig.port("load"));
        await DIALOGUES[i % DIALOGUES.length]?.(client, userOf(i), i);
        octets.set(userOf(i), client.statusOctets);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));

    const book = await ended("load", SESSIONS);
    const records = await rig.records("load", SESSIONS);
    const inside = records.filter(({ record }) => ["updated", "unfinished"].includes(record.outcome));
    const logouts = await vi.waitFor(
      () => {
        const found = dovecot.logouts();
        if (found.length < inside.length)
          throw new Error(`${found.length} of ${inside.length} in Dovecot's log`);
        return found;
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(logouts.length).toBe(inside.length);
    expect(inside.length).toBeGreaterThan(SESSIONS / 2);

    const left = [...logouts];
    for (const one of inside) {
      const place = left.findIndex(({ port }) => port === one.port);
      const [logout] = place < 0 ? [] : left.splice(place, 1);
      if (logout === undefined) expect.fail(`Dovecot has no session from ${one.port}`);
      const status = octets.get(logout.user) ?? { retr: 0, top: 0 };
      expect({ user: logout.user, ...booksOf(one, status) }).toEqual({
        user: logout.user,
        reason: logout.reason,
        retr: logout.retr,
        top: logout.top,
        deleted: logout.del[0],
        maildrop: one.record.maildrop && { messages: logout.del[1], bytes: logout.size },
      });
    }
    expect(records.filter(({ record }) => record.maildrop !== undefined).length).toBeGreaterThan(50);

    const total = (pick: (one: Logout) => number): number =>
      logouts.reduce((count, one) => count + pick(one), 0);
    expect({
      retrieved: sum(book, "retrievals_total", { outcome: "complete" }),
      previewed: sum(book, "replies_total", { verb: "top", class: "ok" }),
      deleted: sum(book, "deletions_total", { outcome: "committed" }),
      failed: sum(book, "session_outcomes_total", { outcome: "failed" }),
    }).toEqual({
      retrieved: total(({ retr }) => retr[0]),
      previewed: total(({ top }) => top[0]),
      deleted: total(({ del }) => del[0]),
      failed:
        records.length -
        inside.length -
        records.filter(({ record }) => record.outcome === "anonymous").length,
    });
    // Dovecot names the failures of those sessions that never got in; each of those made two attempts.
    const outside = sum(book, "session_outcomes_total", { outcome: "failed" });
    expect(dovecot.failedAttempts()).toBe(2 * outside);
    expect(sum(book, "auth_results_total", { result: "success" })).toBe(inside.length);
    expect(sum(book, "deletions_total", { outcome: "dropped" })).toBeGreaterThan(0);
    expect(sum(book, "deletions_total", { outcome: "reset" })).toBeGreaterThan(0);
    expect(sum(book, "anomalies_total", { kind: "eod_ambiguous" })).toBe(0);
    expect(sum(book, "anomalies_total", { kind: "reply_invalid" })).toBe(0);
  });

  test("STLS: the handshake is seen, and nothing behind it", async () => {
    const client = await Pop3Client.connect(rig.port("tls"));
    expect(await client.ask("CAPA")).toContain("STLS");
    expect(await client.say("STLS")).toMatch(/^\+OK/);
    await client.encrypt();
    await client.say("USER tls");
    expect(await client.say(`PASS ${PASSWORD}`)).toBe("+OK Logged in.");
    expect(await client.ask("RETR 1")).not.toEqual([]);
    await client.quit();
    const book = await ended("tls", 1);
    expect(sum(book, "opaque_sessions_total", { cause: "stls" })).toBe(1);
    for (const event of ["offered", "requested", "accepted", "handshake_seen"])
      expect([event, sum(book, "tls_total", { event })]).toEqual([event, 1]);
    expect(sum(book, "tls_total", { event: "alert_seen" })).toBe(0);
    expect(sum(book, "auth_attempts_total")).toBe(0);
    expect(sum(book, "session_ends_total", { reason: "tls" })).toBe(1);
  });

  test.skipIf(spawnSync("curl", ["--version"]).error !== undefined)("curl fetches a message", async () => {
    const url = `pop3://127.0.0.1:${rig.port("curl")}/2`;
    const { stdout, status } = await ran("curl", ["-sS", "--noproxy", "*", "-u", `curl:${PASSWORD}`, url]);
    expect(status).toBe(0);
    expect(stdout).toContain("Subject: 2");
    const book = await ended("curl", 1);
    expect(sum(book, "retrievals_total", { outcome: "complete" })).toBe(1);
    expect(sum(book, "session_outcomes_total", { outcome: "updated" })).toBe(1);
    const [one] = await rig.records("curl", 1);
    expect(one?.record.retrieved?.bytes).toBe(stdout.length);
  });

  async function ended(prefix: string, sessions: number): Promise<Books> {
    const book = await settled(rig.envoy, sessions, { protocol: "pop3", prefix });
    expect(violations(book)).toEqual([]);
    return book;
  }
});

function userOf(i: number): string {
  return `u${i}`;
}

/** A record in Dovecot's terms. */
function booksOf({ record }: Recorded<Pop3Record>, status: Pop3Client["statusOctets"]): object {
  const { retrieved, previewed, deletions, maildrop, outcome } = record;
  return {
    reason: outcome === "updated" ? "Logged out" : "Connection closed",
    retr: octetsOf(retrieved, status.retr),
    top: octetsOf(previewed, status.top),
    deleted: deletions?.["committed"] ?? 0,
    maildrop,
  };
}

function octetsOf(passed: Passed | undefined, status: number): [number, number] {
  const { messages, wire_bytes } = passed ?? { messages: 0, wire_bytes: 0 };
  return [messages, wire_bytes - messages * DOT_LINE + status];
}

/** Runs a program to its end without holding up what else goes on. */
async function ran(
  program: string,
  args: readonly string[],
): Promise<{ stdout: string; status: number | null }> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("latin1")));
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { stdout, status };
}
