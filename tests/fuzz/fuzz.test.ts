import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, modulePath } from "../support/modules.ts";
import type { Step } from "../../host/testing/conversation.ts";
import { parseTranscript } from "../../host/testing/transcript.ts";
import { readCorpus, type Seed } from "./corpus.ts";
import { compile, type Code } from "./driver.ts";
import { examine } from "./examine.ts";
import { Case, flatten, loosen, StepKind, type LooseCase, type LooseStep } from "./case.ts";
import { Fuzzer } from "./fuzzer.ts";
import { ledgerModule } from "./ledger.ts";
import { withGlobals } from "./prepare.ts";
import { reproduction } from "./report.ts";
import type { Setup } from "./setup.ts";
import { Subject } from "./subject.ts";
import { TARGETS, type Target, targetOf } from "./target.ts";

/** Cases of the run in CI, of all filters together, in whole batches for each: the same ones every time. */
const CASES = 403_200;
const SEED = 1;

/** On a machine that does other things, too. */
const RUN_TIMEOUT = 240_000;

const NOTHING = new Uint8Array(0);
const SMTP = targetOf("smtp");

/** Metrics that the checks of the fuzzer do not hold to the last count, or only from one side. */
const UNWATCHED: Readonly<Record<string, readonly string[]>> = {
  smtp: `anomalies_total auth_cleartext_total cleartext_messages_total command_duration_us commit_duration_us
    deliveries_total empty_messages_total enhanced_codes_total enhanced_statuses_total extensions_offered_total
    extensions_used_total filter_info filter_memory_bytes limits_reached_total message_chunks messages_total
    null_senders_total opaque_bytes_total opaque_sessions_total pipeline_depth proxy_preambles_total
    replies_unsolicited_total reply_codes_total tls_total transaction_recipients
    transaction_rejections_total`.split(/\s+/),
  ldap: `anomalies_total bind_ad_reasons_total bind_mechanisms_total binds_total cleartext_binds_total controls_total
    critical_controls_total filter_info filter_memory_bytes intermediate_responses_total limits_reached_total
    opaque_bytes_total opaque_connections_total page_size proxy_preambles_total referrals_total responses_unmatched_total
    sasl_buffers_total search_attributes search_entries_total search_first_entry_us search_traits_total
    starttls_total unsolicited_total`.split(/\s+/),
  pop3: `anomalies_total auth_cleartext_total command_duration_us extensions_offered_total filter_info
    filter_memory_bytes limits_reached_total opaque_bytes_total pipeline_depth proxy_preambles_total
    replies_unsolicited_total response_bytes_total tls_total`.split(/\s+/),
};

function fuzz(...args: string[]): { status: number | null; output: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "tools", "fuzz.mjs"), ...args], {
    encoding: "utf8",
    timeout: RUN_TIMEOUT,
  });
  return { status, output: stderr };
}

describe("the shipped modules", () => {
  test(
    `hold in ${CASES} cases`,
    () => {
      const { status, output } = fuzz("--seed", `${SEED}`, "--cases", `${CASES}`, "--jobs", "2");
      for (const { name } of TARGETS) expect(output).toContain(`${name}: ${CASES / TARGETS.length} cases in`);
      expect(output.match(/, 0 found$/gm), output).toHaveLength(TARGETS.length);
      expect(status).toBe(0);
    },
    RUN_TIMEOUT,
  );
});

describe.each(TARGETS)("the fuzzer of $name", (target) => {
  const corpus = readCorpus(join(ROOT, "tests", "transcripts", target.name), target.name);

  test("has a budget that the fuzzer can watch and set", () => {
    const { budget, limit } = shipped(target);
    expect(budget).toBeDefined();
    expect(limit).toBeDefined();
  });

  test("holds in every transcript under every configuration", () => {
    const code = shipped(target);
    const flat = new Case();
    for (const [i, { steps, file }] of corpus.entries()) {
      const setup = setupAt(target, i);
      const finding = examine(code, target, setup, flatten(caseOf(steps), flat));
      expect(finding, `${file} with "${setup.name}"`).toBeUndefined();
    }
  });

  test("has cases that are the same for the same seed and number, and others for others", () => {
    const code = shipped(target);
    const made = (seed: number, index: number): LooseCase =>
      loosen(new Fuzzer(code, target, corpus, seed).make(index));
    expect(made(7, 100)).toEqual(made(7, 100));
    expect(made(7, 100)).not.toEqual(made(7, 101));
    expect(made(7, 100)).not.toEqual(made(8, 100));
  });

  test("a sample or a count too much of nearly every metric is found out", () => {
    const subject = played(target, corpus);
    expect(subject.violations()).toEqual([]);
    const { values } = subject.driver.ledger;
    const unwatched = new Set<string>();
    subject.driver.defined.forEach((stat, i) => {
      values[i + 1] = (values[i + 1] ?? 0n) + 1n;
      if (subject.violations().length === 0) unwatched.add(stat.fullName.split(".")[3] ?? "");
      values[i + 1] = (values[i + 1] ?? 0n) - 1n;
    });
    // Of these there is no second number to hold them to; the transcripts say what they have to be.
    expect([...unwatched].sort()).toEqual(UNWATCHED[target.name]);
  });

  test("what the runtime saw go wrong is found out", () => {
    const subject = played(target, corpus);
    subject.driver.newConnection(12_345, new Map());
    subject.driver.tick(1);
    expect(subject.violations().join()).toContain("no filter errors");
  });
});

test("cases can be written down and read again, as text and as octets", () => {
  for (const text of [
    "a\r\n\0\\\xff",
    "a line\r\n",
    "0\x0c\x02\x01\x01e\x07\n\x01\0\x04\0\x04\0".repeat(9),
  ]) {
    const loose = caseOf([{ kind: "send", peer: "client", bytes: Buffer.from(text, "latin1"), line: 1 }]);
    const setup = setupAt(SMTP, 0);
    const written = reproduction("smtp", {
      ...{ kind: "fault", text: "x", setup, seed: 1, index: 2, loose, isAlone: true },
    });
    const [step] = parseTranscript(written, "smtp").conversations[0]?.steps ?? [];
    expect(step?.kind === "send" && Buffer.from(step.bytes).toString("latin1")).toBe(text);
    expect(written).toContain("npm run fuzz -- --filter smtp --seed 1 --case 2");
  }
});

test("memory runs out where a configuration asks for it", () => {
  const target = targetOf("ldap");
  const starved = target.setups.find(({ name }) => name === "3000 bytes") ?? setupAt(target, 0);
  const subject = new Subject(shipped(target), target, starved);
  const open = Buffer.from("3005020101", "hex");
  const id = [1, 2, 3].map(() => subject.driver.newConnection(1, new Map()));
  for (const one of id) subject.driver.deliver("downstream", one, open, 0, open.length, false);
  for (const one of id) subject.driver.close(one, 2, new Map());
  subject.driver.settle();
  const limits = subject.driver.stats.value("ldap.default.limits_reached_total.cap.memory") ?? 0;
  expect(limits).toBeGreaterThan(0);
});

/** All transcripts, in the configuration with most metrics. */
function played(target: Target, corpus: readonly Seed[]): Subject {
  const setup = target.setups.find(({ name }) => name === "high") ?? setupAt(target, 0);
  const subject = new Subject(shipped(target), target, setup);
  const flat = new Case();
  for (const { steps } of corpus) subject.play(flatten(caseOf(steps), flat));
  return subject;
}

function setupAt(target: Target, i: number): Setup {
  const setup = target.setups[i % target.setups.length];
  if (setup === undefined) throw new Error("no setups");
  return setup;
}

function shipped({ name }: Target): Code {
  return compile(withGlobals(readFileSync(modulePath(name))), ledgerModule());
}

function caseOf(steps: readonly Step[]): LooseCase {
  const opened: LooseStep = { kind: StepKind.open, connection: 0, bytes: NOTHING, milliseconds: 0 };
  return { profiles: [0], steps: [opened, ...steps.map(looseOf)] };
}

function looseOf(step: Step): LooseStep {
  const base = { connection: 0, bytes: NOTHING, milliseconds: 0 };
  if (step.kind === "wait") return { ...base, kind: StepKind.wait, milliseconds: step.milliseconds };
  const isClient = step.peer === "client";
  if (step.kind === "send")
    return { ...base, kind: isClient ? StepKind.clientData : StepKind.serverData, bytes: step.bytes };
  if (step.kind === "end") return { ...base, kind: isClient ? StepKind.clientEnd : StepKind.serverEnd };
  return { ...base, kind: isClient ? StepKind.closeRemote : StepKind.closeLocal };
}
