// The demo's story: every act on the real Envoy with the demo's servers and a real Prometheus, and what it does when
// an act claims something else.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { DirectoryServer } from "../../demo/ldap/server/server.ts";
import { demoCommand } from "../../demo/options.ts";
import type { StoryCheck, StoryState } from "../../demo/page/story-state.ts";
import { startProxy, type Proxy } from "../../demo/proxy.ts";
import { Dialog } from "../../demo/smtp/clients/dialog.ts";
import { MailServer } from "../../demo/smtp/server/server.ts";
import type { Act } from "../../demo/story/act.ts";
import { CLEARTEXT } from "../../demo/story/acts/cleartext.ts";
import { settle } from "../../demo/story/claims.ts";
import { PROMETHEUS } from "../../demo/story/prometheus.ts";
import { sixtyTimesFaster } from "../../demo/story/rules.ts";
import { Story } from "../../demo/story/story.ts";
import type { PlayedAct } from "../../demo/story/telling.ts";
import { styleFor } from "../../demo/view/style.ts";
import { locateEnvoy } from "../../host/envoy/find.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { findProgram } from "../../host/envoy/programs.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { RECIPES, rootOf } from "./servers/recipes.mjs";
import { describeWith } from "./support/requirements.ts";

const run = promisify(execFile);
const DEMO = "dist/demo/main.js";
const ANY = { host: "127.0.0.1", port: 0 };

const SILENT = { print: () => undefined, style: styleFor(false), width: 100 };

/** A minute on a quiet machine. */
const STORY_TIMEOUT_MS = 300_000;

describeWith(["envoy", "server:prometheus"], "the story on Envoy, with Prometheus", () => {
  let folder: string;
  let out: string;
  let report: { readonly acts: readonly PlayedAct[]; readonly exitCode: number };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "heirloom-story-"));
    await run(process.execPath, ["tools/build.mjs", "--node", "--stale"], { cwd: PROJECT });
    const file = join(folder, "story.json");
    const { path: envoy } = await locateEnvoy();
    const prometheus = join(rootOf("prometheus"), RECIPES.prometheus.program);
    // Rejects where the exit code is another than 0, and shows what was said.
    const { stdout } = await run(process.execPath, [DEMO, "--story", "--report", file], {
      cwd: PROJECT,
      env: { ...process.env, ENVOY: envoy, PROMETHEUS: prometheus },
      maxBuffer: 16 * 1024 * 1024,
    });
    out = stdout;
    report = JSON.parse(readFileSync(file, "utf8")) as typeof report;
  }, STORY_TIMEOUT_MS);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("has five acts, in which every claim holds", () => {
    expect(report.exitCode).toBe(0);
    expect(report.acts.map(({ title }) => title)).toEqual([
      "an application mails its errors",
      "verbosity is raised while sessions are open",
      "recipients become invalid",
      "a client binds in clear text",
      "everybody at once, and the books are compared",
    ]);
    const checks = report.acts.flatMap((act) => act.checks);
    expect(checks.filter(({ holds }) => holds !== true)).toEqual([]);
    expect(out).toContain(`✓ ${checks.length} of ${checks.length} checks hold\n`);
  });

  test("an application mails its errors: all that it counted itself, and nothing else", () => {
    const { told } = act(1);
    const sent = /^(\d+) mails in (\d+) connections, ([\d,]+) bytes/.exec(told.at(-1) ?? "");
    const [mails = "", sessions = "", bytes = ""] = sent?.slice(1) ?? [];
    expect(Number(mails)).toBeGreaterThan(10);
    expect(rises(1)).toMatchObject({
      smtp_sessions_total: sessions,
      smtp_session_ends_total: sessions,
      'smtp_messages_total{mode="data"}': mails,
      'smtp_transactions_total{outcome="committed"}': mails,
      'smtp_bytes_total{from="client"}': bytes,
      smtp_message_bytes_count: mails,
    });
  });

  test("verbosity: metrics appear, and open sessions stay in the books", () => {
    for (const name of ["smtp_message_wire_bytes", "smtp_size_declarations_total", "smtp_command_service_us"])
      expect(act(2).told.join("\n")).toMatch(new RegExp(`\\b${name}\\b`));
    expect(act(2).told.join("\n")).not.toContain("smtp_message_bytes ");
    expect(rises(2)).toMatchObject({
      "smtp_sessions_active +3 after the update": "3",
      envoy_listener_manager_lds_update_success: "1",
      envoy_listener_manager_lds_update_rejected: "0",
      envoy_listener_manager_listener_in_place_updated: "1",
      smtp_sessions_total: "4",
      'smtp_session_ends_total{reason="quit"}': "4",
      'smtp_transactions_total{outcome="committed"}': "4",
      smtp_message_wire_bytes_count: "1",
    });
  });

  test("recipients: refusals rise by what was refused, nothing is accepted, and an alert comes and goes", () => {
    const [, refused = ""] = /(\d+) mails refused/.exec(act(3).told.join("\n")) ?? [];
    expect(Number(refused)).toBeGreaterThan(5);
    expect(rises(3)).toMatchObject({
      'smtp_recipients_total{outcome="rejected_5xx"}': refused,
      'smtp_transaction_rejections_total{stage="rcpt",class="5xx"}': refused,
      smtp_messages_total: "0",
    });
    expect(act(3).checks.at(-1)).toEqual({
      what: "alert SmtpMailNotFlowing",
      before: "inactive",
      after: "pending → firing → inactive",
      holds: true,
    });
  });

  test("a bind in clear text: the alert fires", () => {
    expect(rises(4)).toMatchObject({ 'ldap_cleartext_binds_total{method="simple"}': "3" });
    expect(act(4).checks.at(-1)).toEqual({
      what: "alert LdapCleartextBinds",
      before: "inactive",
      after: "firing",
      holds: true,
    });
    expect(act(4).told.at(-1)).toMatch(/^"Passwords cross edge on 127\.0\.0\.1:\d+ in clear text"$/);
  });

  test("the comparison has the rows of both protocols", () => {
    const [, equal, all] = /^(\d+) of (\d+)$/.exec(act(5).checks[0]?.after ?? "") ?? [];
    expect(equal).toBe(all);
    expect(Number(all)).toBeGreaterThan(100);
  });

  function act(number: number): PlayedAct {
    const found = report.acts[number - 1];
    if (!found) throw new Error(`there is no act ${number}`);
    return found;
  }

  /** By how much each number rose, as the two values say. */
  function rises(number: number): Record<string, string> {
    const value = (text: string): number => Number(text.replaceAll(",", ""));
    return Object.fromEntries(
      act(number).checks.map(({ what, before, after }) => [
        what.replace(/ (≈ )?\+[\d,]+$/, ""),
        (value(after) - value(before)).toLocaleString("en-US"),
      ]),
    );
  }
});

describeWith(["envoy"], "a story on Envoy", () => {
  let mail: MailServer;
  let directory: DirectoryServer;
  let proxy: Proxy;
  let shown: StoryState[];

  beforeEach(async () => {
    shown = [];
    mail = await MailServer.start(ANY);
    directory = await DirectoryServer.start(ANY);
  });
  afterEach(async () => {
    await proxy.stop();
    await mail.stop();
    await directory.stop();
  });

  test("fails where a claim does not hold, whatever else holds", async () => {
    const sessions = (rise: number): Act => ({
      title: `one session, ${rise} claimed`,
      text: "A client connects and goes.",
      play: async (world) => {
        const before = await world.read();
        await (await Dialog.open(world.listen.smtp)).quit();
        return settle([{ metric: "smtp_sessions_total", rise }], before, world, 2_000);
      },
    });
    expect(await codeOf([sessions(2), sessions(1)])).toBe(1);
    expect(lastChecks(1)).toMatchObject([
      { what: "smtp_sessions_total +2", before: "0", after: "1", holds: false },
    ]);
    expect(lastChecks(2)).toMatchObject([{ what: "smtp_sessions_total +1", holds: true }]);
    expect(shown.at(-1)).toMatchObject({ act: 3, acts: 3, done: true });
  });

  test("without Prometheus says so, and claims nothing about alerts", async () => {
    expect(await codeOf([CLEARTEXT])).toBe(0);
    const [alert, ...counted] = [...lastChecks(1)].reverse();
    expect(alert).toEqual({
      what: "alert LdapCleartextBinds",
      before: "",
      after: "not made: no Prometheus in $PROMETHEUS or on the PATH",
      holds: null,
    });
    expect(counted.map(({ holds }) => holds)).toEqual(counted.map(() => true));
    expect(counted).not.toEqual([]);
  });

  /** Plays the acts on a fresh Envoy, without Prometheus. */
  async function codeOf(acts: readonly Act[]): Promise<number> {
    const audience = { publish: (state: StoryState) => void shown.push(state) };
    const story = await Story.prepare({ terminal: SILENT, audience, acts, pauseMs: 0, environment: {} });
    try {
      const listen = { smtp: { ...ANY, port: await anyPort() }, ldap: { ...ANY, port: await anyPort() } };
      proxy = await startProxy({
        routes: [
          { protocol: "smtp", listen: listen.smtp, upstream: mail.address },
          { protocol: "ldap", listen: listen.ldap, upstream: directory.address },
        ],
        admin: ANY,
        embedded: false,
        adaptForEnvoy: (yaml) => story.listeners.adopt(yaml),
        progress: () => undefined,
        notice: (line) => {
          throw new Error(line);
        },
      });
      const interrupted = new Promise(() => undefined);
      await story.play(
        { proxy, listen },
        { mailboxes: mail.mailboxes, books: "http://127.0.0.1:1/", interrupted },
      );
      return await story.conclude([], 0);
    } finally {
      await story.stop();
    }
  }

  /** What was shown at the end of that act, the last time that it was played. */
  function lastChecks(number: number): readonly StoryCheck[] {
    return shown.filter(({ act, checks }) => act === number && checks.length > 0).at(-1)?.checks ?? [];
  }
});

describe("the story's Prometheus", () => {
  test.each(["alerts.yaml", "recording.yaml"])("has %s as it ships, but for durations", (file) => {
    const shipped = readFileSync(join("deploy/prometheus", file), "utf8");
    const faster = sixtyTimesFaster(shipped);
    expect(faster).not.toMatch(/\d+[hd]\]|offset \d+[hd]|for: \d+[mhd]/);
    expect(parse(slower(faster))).toEqual(parse(shipped));
    expect(faster.split("\n").filter((line) => line.includes("increase(ldap_cleartext_binds_total"))).toEqual(
      file === "alerts.yaml"
        ? ["        expr: sum by (instance, stat_prefix) (increase(ldap_cleartext_binds_total[15s])) > 0"]
        : [],
    );
  });

  test("is looked for where the help says, and $PROMETHEUS has to be a program", async () => {
    const find = (environment: NodeJS.ProcessEnv) => findProgram(PROMETHEUS, environment);
    expect(await find({ PATH: "/nowhere" })).toBeUndefined();
    expect(await find({ PROMETHEUS: process.execPath, PATH: "" })).toBe(process.execPath);
    // A folder may be entered, which is the same right.
    for (const path of ["/no/such", PROJECT])
      await expect(find({ PROMETHEUS: path })).rejects.toThrow(
        `PROMETHEUS: expected the path of a program, found "${path}"`,
      );
  });
});

describe("npm run demo -- --story", () => {
  test("is in the help", () => {
    let help = "";
    const command = demoCommand();
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    for (const word of ["--story", "--report", "$PROMETHEUS"]) expect(help).toContain(word);
  });

  test.each([
    [["--story", "--verbosity", "high"], "--story and --verbosity exclude each other"],
    [["--report", "story.json"], "--report needs --story"],
    [["--story", "--report", "nowhere/story.json"], "--report: no folder nowhere"],
  ])("%j is refused with exit code 2", async (words, text) => {
    await expect(run(process.execPath, [DEMO, ...words], { cwd: PROJECT })).rejects.toMatchObject({
      code: 2,
      stderr: `heirloom demo: ${text}\n`,
    });
  });
});

/** Durations of rules sixty times as long: seconds are minutes again, and minutes hours. */
function slower(rules: string): string {
  return rules.replace(
    /(\[|offset |for: )(\d+)([ms])\b/g,
    (_, before: string, amount: string, unit: string) => `${before}${amount}${unit === "s" ? "m" : "h"}`,
  );
}
