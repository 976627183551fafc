import { Case, flatten, isData, type LooseCase, type LooseStep } from "./case.ts";
import type { Code } from "./driver.ts";
import { examine, type Finding } from "./examine.ts";
import type { Setup } from "./setup.ts";
import type { Target } from "./target.ts";

/** Tries that are made at most: what is small enough for a human needs far fewer. */
const MOST_TRIES = 4_000;

/** Two findings are the same if they differ in numbers and bytes only. */
export function signature({ kind, text }: Finding): string {
  const words = text.replace(/record .*/s, "record").replace(/\d+/g, "N");
  return `${kind}: ${words.split(";")[0] ?? ""}`;
}

/** The smallest case that was found to show the same (delta debugging over steps, then over bytes). */
export function minimise(
  code: Code,
  target: Target,
  setup: Setup,
  loose: LooseCase,
  finding: Finding,
): LooseCase {
  const flat = new Case();
  const wanted = signature(finding);
  let tries = 0;
  const shows = (candidate: LooseCase): boolean => {
    if (tries++ >= MOST_TRIES) return false;
    const seen = examine(code, target, setup, flatten(candidate, flat));
    return seen !== undefined && signature(seen) === wanted;
  };
  let best = loose;
  for (let size = Infinity; size > weight(best);) {
    size = weight(best);
    best = withoutSteps(best, shows);
    best = withoutBytes(best, shows);
    best = joined(best, shows);
  }
  return best;
}

function weight({ steps }: LooseCase): number {
  return steps.reduce((sum, { bytes }) => sum + bytes.length + 1, 0);
}

function withoutSteps(loose: LooseCase, shows: (candidate: LooseCase) => boolean): LooseCase {
  const steps = reduced(loose.steps, (rest) => shows({ ...loose, steps: rest }));
  return { ...loose, steps };
}

function withoutBytes(loose: LooseCase, shows: (candidate: LooseCase) => boolean): LooseCase {
  let best = loose;
  loose.steps.forEach((step, i) => {
    if (!isData(step.kind) || step.bytes.length < 2) return;
    const bytes = reduced([...step.bytes], (rest) => shows(withBytes(best, i, Uint8Array.from(rest))));
    best = withBytes(best, i, Uint8Array.from(bytes));
  });
  return best;
}

function withBytes(loose: LooseCase, at: number, bytes: Uint8Array): LooseCase {
  return { ...loose, steps: loose.steps.map((step, i) => (i === at ? { ...step, bytes } : step)) };
}

/** Neighbours of one peer become one step. */
function joined(loose: LooseCase, shows: (candidate: LooseCase) => boolean): LooseCase {
  let best = loose;
  for (let i = 0; i + 1 < best.steps.length;) {
    const [one, next] = [best.steps[i], best.steps[i + 1]];
    const candidate = one && next ? { ...best, steps: join(best.steps, i, one, next) } : best;
    if (candidate.steps.length < best.steps.length && shows(candidate)) best = candidate;
    else i++;
  }
  return best;
}

function join(steps: readonly LooseStep[], i: number, one: LooseStep, next: LooseStep): readonly LooseStep[] {
  const fit = one.kind === next.kind && one.connection === next.connection && isData(one.kind);
  if (!fit) return steps;
  return [
    ...steps.slice(0, i),
    { ...one, bytes: Buffer.concat([one.bytes, next.bytes]) },
    ...steps.slice(i + 2),
  ];
}

/** Leaves out ever smaller parts of a list for as long as `shows` allows it. */
function reduced<T>(items: readonly T[], shows: (rest: readonly T[]) => boolean): readonly T[] {
  let best = items;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.length;) {
      const rest = [...best.slice(0, from), ...best.slice(from + size)];
      if (rest.length < best.length && shows(rest)) best = rest;
      else from += size;
    }
  }
  return best;
}
