/** `--idle`: what an Envoy takes that does nothing: time until it is ready, memory without and with idle sessions. */

import { readFileSync } from "node:fs";
import { LDAP } from "./ldap/protocol.ts";
import { LockstepClient, startLockstep, turnsOf, type Script } from "./lockstep.ts";
import { builtPeers } from "./peers/variants.ts";
import { levelsOf, variantsOf, type Protocol, type Variant } from "./protocol.ts";
import { startRig } from "./rigs.ts";
import { SMTP } from "./smtp/protocol.ts";
import { median } from "./summary.ts";
import { table } from "./table.ts";

/** What is wanted; each session is two connections, in Envoy as in this process. */
const SESSIONS = 10_000;
/** Files that a process has open besides. */
const OTHER_FILES = 400;
/** At a time; how fast connections are accepted is not what is measured. */
const BATCH = 200;

interface Idle {
  readonly readySeconds: number[];
  readonly empty: number[];
  readonly full: number[];
}

/** Starts every variant `times` times and returns the table. */
export async function idle(times: number, say: (text: string) => void): Promise<string> {
  const sessions = Math.min(SESSIONS, Math.floor((openFiles() - OTHER_FILES) / 2));
  const found = new Map<string, Idle>();
  for (let time = 1; time <= times; time++) {
    for (const { protocol, variant } of subjects()) {
      const one = found.get(variant.name) ?? { readySeconds: [], empty: [], full: [] };
      found.set(variant.name, one);
      await measureOne(protocol, variant, sessions, one);
    }
    say(`idle: ${time} of ${times}`);
  }
  return idleTable(found, sessions);
}

function subjects(): { protocol: Protocol; variant: Variant }[] {
  const isStandard = ({ name }: Variant): boolean => name.endsWith(" standard");
  const ours = [...levelsOf("smtp", SMTP.module)].filter(isStandard);
  const smtp = variantsOf({ filters: [...ours, ...builtPeers()] });
  const ldap = levelsOf("ldap", LDAP.module).filter(isStandard);
  return [
    ...smtp.map((variant) => ({ protocol: SMTP, variant })),
    ...ldap.map((variant) => ({ protocol: LDAP, variant })),
  ];
}

async function measureOne(protocol: Protocol, variant: Variant, sessions: number, into: Idle): Promise<void> {
  const script: Script = { opening: turnsOf(protocol.opening), turns: [] };
  const server = await startLockstep({
    ...script,
    turns: [{ request: Buffer.of(0), response: Buffer.of(0) }],
  });
  const begin = performance.now();
  const { envoy, port } = await startRig(variant, server.port);
  into.readySeconds.push((performance.now() - begin) / 1_000);
  const clients: LockstepClient[] = [];
  try {
    into.empty.push(residentKib(envoy.pid));
    while (clients.length < sessions) {
      const count = Math.min(BATCH, sessions - clients.length);
      const batch = Array.from({ length: count }, () => LockstepClient.open(port, script));
      clients.push(...(await Promise.all(batch)));
    }
    into.full.push(residentKib(envoy.pid));
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await envoy.stop();
    await server.stop();
  }
}

function idleTable(found: ReadonlyMap<string, Idle>, sessions: number): string {
  const header = [
    "variant",
    "ready after, s",
    "no session, MiB",
    `${sessions.toLocaleString("en")} idle, MiB`,
    "KiB per session",
  ];
  const rows = [...found].map(([name, { readySeconds, empty, full }]) => {
    const [before, after] = [median(empty), median(full)];
    return [
      name,
      median(readySeconds).toFixed(2),
      (before / 1024).toFixed(1),
      (after / 1024).toFixed(1),
      ((after - before) / sessions).toFixed(2),
    ];
  });
  return table(header, rows);
}

function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** How many files this process may have open, and with it the Envoys that it starts. */
function openFiles(): number {
  return Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
}
