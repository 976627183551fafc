/** A soak from its start to its verdict. */

import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { findPostfix, MISSING_POSTFIX, type PostfixTools } from "../../bench/postfix.ts";
import { Crowd, type Worker } from "../../demo/crowd.ts";
import { Interrupts } from "../../demo/interrupts.ts";
import { LDAP_SCENE } from "../../demo/ldap/scene.ts";
import { locateEnvoy } from "../../host/envoy/find.ts";
import { balance, faults, type Balance, type ClientBooks } from "./books.ts";
import { roughDirectoryClients } from "./directory.ts";
import { mailClients } from "./mail.ts";
import { judge, type Judgement } from "./memory.ts";
import type { SoakOptions } from "./options.ts";
import { maildropClients } from "./pop3/clients.ts";
import { Source } from "./postfix.ts";
import { roughClients } from "./rough.ts";
import { look, type Look } from "./samples.ts";
import { SoakStage } from "./stage.ts";

/** What a soak came to. */
export interface Outcome {
  readonly looks: readonly Look[];
  readonly balance: Balance;
  readonly memory: readonly Judgement[];
  /** What does not hold, one line each; empty in health. */
  readonly faults: readonly string[];
  /** What it was run on, in words. */
  readonly about: string;
}

/** Between looks, in seconds: many enough for a slope, few enough for a page in a week's run. */
const LEAST_STEP = 2;
const LOOKS = 120;

/** The first update comes early, so that a short run has two; a few are on their way out at any time after. */
const FIRST_UPDATE_SECONDS = 5;
const UPDATE_EVERY_SECONDS = 30;

/** Of a crowd: each waits for one signal to stop, and Node warns of more than ten listeners. */
const MOST_WORKERS = 10;

/** Clients that are told to stop finish what they are at, the largest message included. */
const STOP_MS = 120_000;
/** Flushes come every second, and on a busy machine late. */
const SETTLE_MS = 30_000;
const POLL_MS = 500;

/** Runs it. Rejects, in one line, when it cannot be run. */
export async function soak(options: SoakOptions, say: (line: string) => void): Promise<Outcome> {
  const tools = findPostfix();
  if (tools === undefined) throw new Error(MISSING_POSTFIX);
  const { path, tried } = await locateEnvoy({ progress: (line) => line !== "" && say(line) });
  if (path === undefined) throw new Error(`no Envoy: ${tried.join("; ")}`);
  const stage = await SoakStage.start(tools, options.workers, path);
  try {
    return await onStage(stage, tools, options, say);
  } finally {
    await stage.stop();
  }
}

async function onStage(
  stage: SoakStage,
  tools: PostfixTools,
  options: SoakOptions,
  say: (line: string) => void,
): Promise<Outcome> {
  const crowds = [
    LDAP_SCENE.startClients(stage.at("directory")),
    ...crowdsOf([
      ...mailClients(stage.at("mail"), stage.at("mails")),
      ...roughClients(stage.at("rough")),
      ...roughDirectoryClients(stage.at("stray")),
      ...maildropClients(stage.at("maildrop"), stage.at("maildrops")),
    ]),
  ];
  const rate = options.sessions === undefined ? options.rate : undefined;
  const source = new Source(tools, stage.at("rough").port, rate);
  const interrupts = new Interrupts();
  interrupts.arm();
  const looks = await watch(stage, options, say, interrupts.first);
  await interrupts.stop();
  say("clients stop");
  const stopped = Promise.all([...crowds, source].map((one) => one.stop()));
  const isLate = await Promise.race([stopped.then(() => false), delay(STOP_MS, true, { ref: false })]);
  const books: ClientBooks = { directory: crowds.find(({ book }) => book !== undefined)?.book };
  const sums = await settled(stage, books);
  const complaints = [...crowds.flatMap((crowd) => crowd.complaints), ...source.complaints];
  const memory = judge(looks);
  return {
    looks,
    balance: sums,
    memory,
    about: `${cpus().length} cores, ${options.workers} workers, ${stage.updates} updates of the listeners`,
    faults: [
      ...(isLate ? [`clients did not come to their ends within ${STOP_MS / 1000} s`] : []),
      ...new Set(complaints.map((line) => `a client was disturbed: ${line}`)),
      ...faults(sums),
      ...memory.filter(({ holds }) => !holds).map(({ text }) => text),
    ],
  };
}

function crowdsOf(workers: readonly Worker[]): Crowd[] {
  const count = Math.ceil(workers.length / MOST_WORKERS);
  return Array.from(
    { length: count },
    (_, i) => new Crowd(workers.slice(i * MOST_WORKERS, (i + 1) * MOST_WORKERS)),
  );
}

/** Looks, and updates the listeners, until it is time or somebody has had enough. */
async function watch(
  stage: SoakStage,
  options: SoakOptions,
  say: (line: string) => void,
  interrupted: Promise<unknown>,
): Promise<Look[]> {
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  const { seconds: most = Infinity, sessions = Infinity } = options;
  const step = Math.max(LEAST_STEP, (most === Infinity ? 0 : most) / LOOKS);
  const ended = stage.envoy.exited.then((how) => new Error(`Envoy ended by itself: ${how}`));
  let isOver = false;
  void interrupted.then(() => (isOver = true));
  const looks: Look[] = [];
  let nextUpdate = FIRST_UPDATE_SECONDS;
  for (let next = 0; ; next += step) {
    const pause = delay(Math.max(0, next - seconds()) * 1000);
    const gone = await Promise.race([ended, pause, interrupted.then(() => undefined)]);
    if (gone) throw gone;
    const now = await look(stage.envoy, seconds(), stage.updates);
    looks.push(now);
    say(lineOf(now, looks.at(-2)));
    if (isOver || now.seconds >= most || now.sessions >= sessions) return looks;
    if (now.seconds < nextUpdate) continue;
    stage.update();
    nextUpdate += UPDATE_EVERY_SECONDS;
  }
}

/** The books once they agree, or have had their time. */
async function settled(stage: SoakStage, clients: ClientBooks): Promise<Balance> {
  for (const end = Date.now() + SETTLE_MS; ; await delay(POLL_MS)) {
    const sums = await balance(stage, clients);
    if (faults(sums).length === 0 || Date.now() >= end) return sums;
  }
}

const MIB = 1 << 20;

/** A line of progress. */
function lineOf(now: Look, before: Look | undefined): string {
  const rate = before === undefined ? 0 : (now.sessions - before.sessions) / (now.seconds - before.seconds);
  const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
  return (
    `${now.seconds.toFixed(0).padStart(5)} s  ${now.sessions.toLocaleString("en-US")} sessions, ${rate.toFixed(0)}/s, ` +
    `${now.open} open · VMs ${mib(now.vmBytes)} · Envoy ${mib(now.rssBytes)}, heap ${mib(now.heapBytes)} · ${now.updates} updates`
  );
}
