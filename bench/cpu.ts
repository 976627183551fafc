/** How much CPU a process has used, from the kernel's scheduler. */

import { readdirSync, readFileSync } from "node:fs";

/** What `/proc/<pid>/stat` counts in: USER_HZ, which is 100 on every Linux architecture that Envoy is built for. */
const TICK_MICROSECONDS = 10_000;

/** Fields 14 and 15 of `/proc/<pid>/stat` (utime, stime), counted from the field after the command's name. */
const UTIME = 11;
const STIME = 12;

/**
 * CPU time of all threads of a process since its start, in microseconds. Nanosecond counters of the scheduler where
 * the kernel has them (threads that ended are missing from those: Envoy's do not end), else ticks of 10 ms.
 * Throws when there is no such process, or no Linux `/proc`.
 */
export function cpuMicroseconds(pid: number): number {
  return schedulerMicroseconds(pid) ?? tickMicroseconds(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** CPU time of this process since its start, in microseconds, to the microsecond. */
export function ownCpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function schedulerMicroseconds(pid: number): number | undefined {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readIfThere(`/proc/${pid}/task/${thread}/schedstat`);
    const ran = text === undefined ? Number.NaN : Number(text.split(" ")[0]);
    if (Number.isNaN(ran)) return undefined;
    nanoseconds += ran;
  }
  return nanoseconds > 0 ? nanoseconds / 1000 : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** utime + stime of one `/proc/<pid>/stat` line, in microseconds. */
export function tickMicroseconds(stat: string): number {
  // The command's name may hold blanks and parentheses: the fields begin behind the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_MICROSECONDS;
}
