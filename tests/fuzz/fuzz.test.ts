import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, modulePath } from "../support/modules.ts";
import { parseTranscript, type Step } from "../support/transcript.ts";
import { readCorpus } from "./corpus.ts";
import { compile, type Code } from "./driver.ts";
import { examine } from "./examine.ts";
import { Case, flatten, loosen, StepKind, type LooseCase, type LooseStep } from "./case.ts";
import { Fuzzer } from "./fuzzer.ts";
import { ledgerModule } from "./ledger.ts";
import { withGlobals } from "./prepare.ts";
import { reproduction } from "./report.ts";
import { SETUPS, type Setup } from "./setups.ts";
import { Subject } from "./subject.ts";

/** Cases of the run in CI: the same ones every time. */
const CASES = 400_000;
const SEED = 1;

/** On a machine that does other things, too. */
const RUN_TIMEOUT = 240_000;

const corpus = readCorpus(join(ROOT, "tests", "transcripts", "smtp"), "smtp");
const NOTHING = new Uint8Array(0);
const plain: Setup = { name: "default", configuration: "{}", isScarce: false, identities: undefined };

function fuzz(...args: string[]): { status: number | null; output: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "tools", "fuzz.mjs"), ...args], {
    encoding: "utf8",
    timeout: RUN_TIMEOUT,
  });
  return { status, output: stderr };
}

describe("the shipped module", () => {
  test(
    `holds in ${CASES} cases`,
    () => {
      const { status, output } = fuzz("--seed", `${SEED}`, "--cases", `${CASES}`, "--jobs", "2");
      expect(output).toContain(`${CASES} cases in`);
      expect(output, output).toContain(", 0 found");
      expect(status).toBe(0);
    },
    RUN_TIMEOUT,
  );

  test("has a budget that the fuzzer can watch", () => {
    expect(shipped().budget).toBeDefined();
  });

  test("holds in every transcript under every configuration", () => {
    const code = shipped();
    const flat = new Case();
    for (const [i, { steps }] of corpus.entries()) {
      const setup = SETUPS[i % SETUPS.length] ?? plain;
      const finding = examine(code, setup, flatten(caseOf(steps), flat));
      expect(finding, `${corpus[i]?.file} with "${setup.name}"`).toBeUndefined();
    }
  });
});

describe("cases", () => {
  test("are the same for the same seed and number, and others for others", () => {
    const code = shipped();
    const made = (seed: number, index: number): LooseCase =>
      loosen(new Fuzzer(code, corpus, seed).make(index));
    expect(made(7, 100)).toEqual(made(7, 100));
    expect(made(7, 100)).not.toEqual(made(7, 101));
    expect(made(7, 100)).not.toEqual(made(8, 100));
  });

  test("can be written down and read again", () => {
    const loose = caseOf([
      { kind: "send", peer: "client", bytes: Buffer.from("a\r\n\0\\\xff", "latin1"), line: 1 },
    ]);
    const text = reproduction("smtp", {
      ...{ kind: "fault", text: "x", setup: plain, seed: 1, index: 2, loose, isAlone: true },
    });
    const [step] = parseTranscript(text, "smtp").conversations[0]?.steps ?? [];
    expect(step?.kind === "send" && Buffer.from(step.bytes).toString("latin1")).toBe("a\r\n\0\\\xff");
    expect(text).toContain("npm run fuzz -- --filter smtp --seed 1 --case 2");
  });
});

describe("what is counted wrong is found out:", () => {
  const played = (): Subject => {
    const setup = SETUPS.find(({ name }) => name === "high") ?? plain;
    const subject = new Subject(shipped(), setup);
    const flat = new Case();
    for (const { steps } of corpus) subject.play(flatten(caseOf(steps), flat));
    return subject;
  };

  test("a sample or a count too much of nearly every metric", () => {
    const subject = played();
    expect(subject.violations()).toEqual([]);
    const { values } = subject.driver.ledger;
    const unwatched = new Set<string>();
    subject.driver.defined.forEach((stat, i) => {
      values[i + 1] = (values[i + 1] ?? 0n) + 1n;
      if (subject.violations().length === 0) unwatched.add(stat.fullName.split(".")[3] ?? "");
      values[i + 1] = (values[i + 1] ?? 0n) - 1n;
    });
    // Of these there is no second number to hold them to; the transcripts say what they have to be.
    expect([...unwatched].sort()).toEqual(UNWATCHED);
  });

  test("what the runtime saw go wrong", () => {
    const subject = played();
    subject.driver.newConnection(12_345, new Map());
    subject.driver.tick(1);
    expect(subject.violations().join()).toContain("no filter errors");
  });
});

/** Metrics that the checks of the fuzzer do not hold to the last count, or only from one side. */
const UNWATCHED =
  `anomalies_total auth_cleartext_total cleartext_messages_total command_duration_us commit_duration_us
  deliveries_total empty_messages_total enhanced_codes_total enhanced_statuses_total extensions_offered_total
  extensions_used_total filter_info filter_memory_bytes limits_reached_total message_chunks messages_total
  null_senders_total opaque_bytes_total opaque_sessions_total pipeline_depth proxy_preambles_total
  replies_unsolicited_total reply_codes_total tls_total transaction_recipients transaction_rejections_total`.split(
    /\s+/,
  );

function shipped(): Code {
  return compile(withGlobals(readFileSync(modulePath("smtp"))), ledgerModule());
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
