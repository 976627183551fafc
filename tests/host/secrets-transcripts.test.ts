// Of all credentials in all transcripts nothing shows: not in logs at any level, not in names of metrics, not in records
// in any mode, not in time lines, not in what is said about a configuration.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { CaptureClock, CaptureReplay } from "../../host/capture/replay.ts";
import { ChangeWatch } from "../../host/capture/timeline/changes.ts";
import { Timeline, timelineAsJson, timelineAsText } from "../../host/capture/timeline/timeline.ts";
import { StatStore, Vm, type HostModule, type LogLevel } from "../../host/index.ts";
import type { Step } from "../../host/testing/conversation.ts";
import { readTranscript } from "../../host/testing/transcript.ts";
import { ROOT, builtModule } from "../support/modules.ts";
import { HASH_KEY, Outlets, everyConfiguration, perform } from "../support/outlets.ts";
import { SecretFinder } from "../support/secret-forms.ts";
import { secretsOf } from "../support/transcript-secrets.ts";

/**
 * Thresholds that make the filter tell of what is slow; how many secrets there are at least, and one of them; passwords
 * that are words which show anyway.
 */
const PROTOCOLS = [
  {
    protocol: "smtp",
    thresholds: "slow_commands_ms",
    least: 40,
    known: "AGFubgBzZWNyZXQ=",
    ordinary: ["user", "pass", "MAIL", "RCPT"],
  },
  { protocol: "ldap", thresholds: "slow_operations_ms", least: 15, known: "new-secret", ordinary: [] },
  {
    protocol: "pop3",
    thresholds: "slow_commands_ms",
    least: 12,
    known: "AGpvZQBzZWNyZXQ=",
    ordinary: ["wrong"],
  },
] as const;

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "critical"];

describe.each(PROTOCOLS)(
  "the credentials in the transcripts of $protocol",
  ({ protocol, thresholds, least, known, ordinary }) => {
    const folder = join(ROOT, "tests", "transcripts", protocol);
    const conversations = readdirSync(folder)
      .filter((name) => name.endsWith(".md"))
      .flatMap((name) =>
        readTranscript(join(folder, name), protocol).conversations.map(({ steps }) => steps),
      );
    const secrets = new Set(conversations.flatMap((steps) => secretsOf(protocol, steps)));
    const rootId = `heirloom.${protocol}`;
    let finder = new SecretFinder([]);

    beforeAll(async () => {
      // What shows of conversations that hold no secret: names of metrics, log lines, addresses where they are to be shown.
      const module = await builtModule(protocol);
      const harmless = conversations.filter((steps) => secretsOf(protocol, steps).length === 0);
      const access_log = { record: true, identities: "plain" };
      const outlets = new Outlets(module, rootId, { verbosity: "high", access_log });
      for (const steps of harmless) play(outlets, steps);
      const vocabulary = outlets.text + timelinesOf(module, rootId, harmless);
      finder = new SecretFinder([...secrets, HASH_KEY], vocabulary.toLowerCase());
    });

    test("are known", () => {
      expect(secrets.size).toBeGreaterThanOrEqual(least);
      expect([...secrets]).toContain(known);
      expect(finder.ordinary).toEqual(ordinary);
    });

    test("would be found where they show, as they are and encoded", () => {
      for (const secret of secrets) {
        for (const shown of [
          secret,
          Buffer.from(`\0user\0${secret}`, "latin1").toString("base64"),
          Buffer.from(secret, "latin1").toString("hex"),
          JSON.stringify({ secret }),
        ]) {
          const isOrdinary = finder.ordinary.includes(secret) && shown.includes(secret);
          if (!isOrdinary) expect(finder.shownIn(`[debug] x: ${shown} y`)).toContain(secret);
        }
      }
    });

    describe.each(everyConfiguration(thresholds))(
      "at verbosity $verbosity with identities $identities",
      ({ configuration, identities, verbosity }) => {
        // At the lower levels modules say less, but they could say something else.
        const isWidest = verbosity === "high" && identities === "plain";
        test.each(isWidest ? LEVELS : LEVELS.slice(0, 1))("and log level %s show nowhere", async (level) => {
          const outlets = new Outlets(await builtModule(protocol), rootId, configuration, level);
          for (const steps of conversations) play(outlets, steps);
          const { text } = outlets;
          expect(text).toContain('"duration_us":');
          expect(text.includes("on_downstream_data")).toBe(level === "trace" || level === "debug");
          expect(finder.shownIn(text)).toEqual([]);
        });
      },
    );

    test("show in no time line, as text or as JSON", async () => {
      const told = timelinesOf(await builtModule(protocol), rootId, conversations);
      expect(told.length).toBeGreaterThan(conversations.length * 200);
      expect(finder.shownIn(told)).toEqual([]);
    });

    test("the key of hashes shows in no error about a configuration", async () => {
      const module = await builtModule(protocol);
      const key = "Zq7-key-of-hashes-that-nobody-sees";
      const own = new SecretFinder([key]);
      const access_log = (value: unknown): string => JSON.stringify({ access_log: value });
      for (const configuration of [
        access_log({ record: true, identities: "hash", hash_key: [key] }),
        access_log({ record: true, identities: "hash", hash_key: { key } }),
        access_log({ record: true, identities: "hash", hash_key: key.repeat(20) }),
        access_log({ record: key, identities: "hash" }).replace(
          `"record":"${key}"`,
          `"hash_key":"${key}","record":1`,
        ),
        access_log({ hash_key: key, identities: "hsah" }),
        `{"access_log":{"hash_key":"${key}"`,
        `{"access_log":{"hash_key":"${key}\\q"}}`,
        `{"access_log":{"hash_key":"${key}" "record":true}}`,
        `{"access_log":{"hash_key":"a","hash_key":"${key}"}}`,
      ]) {
        const said: string[] = [];
        const vm = new Vm(module, { logLevel: "trace", log: (_, text) => said.push(text) });
        expect(() => vm.startPlugin({ rootId, configuration })).toThrow();
        expect(said.join("\n")).toContain("configuration: ");
        expect([configuration, own.shownIn(said.join("\n"))]).toEqual([configuration, []]);
      }
    });
  },
);

function play(outlets: Outlets, steps: readonly Step[]): void {
  outlets.play((connection) => {
    for (const step of steps) perform(connection, step);
  });
}

/** Every conversation's time line, both ways. */
function timelinesOf(
  module: HostModule,
  rootId: string,
  conversations: readonly (readonly Step[])[],
): string {
  const clock = new CaptureClock();
  const vm = new Vm(module, { stats: new StatStore({ keepSamples: true }), clock });
  const plugin = vm.startPlugin({ rootId, configuration: JSON.stringify({ verbosity: "high" }) });
  const replay = new CaptureReplay(vm, plugin, clock);
  const watch = new ChangeWatch(vm);
  const told: string[] = [];
  for (const [i, steps] of conversations.entries()) {
    const connection = {
      number: i + 1,
      client: { host: "192.0.2.1", port: 1024 },
      server: { host: "192.0.2.2", port: 25 },
      time: i * 1e9,
      isMidStream: false,
    };
    const timeline = new Timeline({ connection, start: 0n, vm, watch, feed: () => replay.open(connection) });
    tell(timeline, steps, connection.time);
    told.push(timelineAsText(timeline), timelineAsJson(timeline));
  }
  return told.join("\n");
}

function tell(timeline: Timeline, steps: readonly Step[], time: number): void {
  for (const step of steps) {
    if (step.kind === "send") timeline.data(step.peer, step.bytes, time);
    else if (step.kind === "end") timeline.ended(step.peer, time);
    else if (step.kind === "reset") {
      timeline.reset(step.peer, time);
      break;
    }
  }
  timeline.finish();
}
