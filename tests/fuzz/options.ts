import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Options {
  readonly filter: string;
  readonly seed: number;
  /** Cases in all; Infinity where only time counts. */
  readonly cases: number;
  readonly seconds: number;
  readonly jobs: number;
  /** Only this case, and thoroughly. */
  readonly only: number | undefined;
  readonly goesOn: boolean;
  /** The module to play against. */
  readonly module: string;
  readonly failures: string;
}

export const USAGE = `usage: npm run fuzz -- [--filter smtp] [--seed N] [--cases N] [--minutes N] [--seconds N] [--jobs N]
                   [--case N] [--keep-going] [--module FILE] [--failures FOLDER]
  --cases, --minutes, --seconds   when to stop, whichever comes first (default: one minute)
  --case N                        plays case N of the seed alone, and says what is wrong with it
  --keep-going                    goes on after a failure, for others that look different
Exit codes: 0 nothing found, 1 something found, 2 usage.`;

/** Reads the command line; throws with one line for what is wrong with it. */
export function readOptions(args: readonly string[]): Options | "help" {
  const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      filter: text("smtp"),
      seed: text("1"),
      jobs: text("1"),
      cases: { type: "string" },
      minutes: { type: "string" },
      seconds: { type: "string" },
      case: { type: "string" },
      "keep-going": { type: "boolean", default: false },
      module: { type: "string" },
      failures: text("tests/fuzz/failures"),
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const { filter } = values;
  if (!/^[a-z]+$/.test(filter)) throw new Error(`--filter: expected a name, found "${filter}"`);
  const minutes = values.minutes === undefined ? undefined : number("minutes", values.minutes) * 60;
  const seconds = values.seconds === undefined ? minutes : number("seconds", values.seconds);
  const cases = values.cases === undefined ? undefined : whole("cases", values.cases);
  return {
    filter,
    seed: whole("seed", values.seed),
    cases: cases ?? Infinity,
    seconds: seconds ?? (cases === undefined ? 60 : Infinity),
    jobs: Math.max(1, whole("jobs", values.jobs)),
    only: values.case === undefined ? undefined : whole("case", values.case),
    goesOn: values["keep-going"],
    module: values.module ?? `build/${filter}.wasm`,
    failures: values.failures,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || value === Infinity)
    throw new Error(`--${name}: expected a number, found "${text}"`);
  return value;
}

function whole(name: string, text: string): number {
  const value = number(name, text);
  if (!Number.isSafeInteger(value)) throw new Error(`--${name}: expected a whole number, found "${text}"`);
  return value;
}
