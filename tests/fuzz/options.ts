import { parseArgs } from "node:util";
import { BATCH } from "./fuzzer.ts";
import { TARGETS, type Target, targetOf } from "./target.ts";

/** What the command line asks for. */
export interface Options {
  /** The filters to play against, one after the other. */
  readonly targets: readonly Target[];
  readonly seed: number;
  /** The first case to play: where a run of the same seed has left off. A multiple of a batch. */
  readonly from: number;
  /** Cases of each filter; Infinity where only time counts. */
  readonly cases: number;
  /** Time for each filter. */
  readonly seconds: number;
  readonly jobs: number;
  /** Only this case, and thoroughly. */
  readonly only: number | undefined;
  readonly goesOn: boolean;
  /** Documents for the reader of configurations in place of sessions. */
  readonly configurations: boolean;
  /** The module to play against; undefined: the built one of each filter. */
  readonly module: string | undefined;
  readonly failures: string;
}

const NAMES = TARGETS.map(({ name }) => name);

export const USAGE = `usage: npm run fuzz -- [--filter NAME[,NAME]] [--seed N] [--from N] [--cases N] [--minutes N] [--seconds N]
                   [--jobs N] [--case N] [--configurations] [--keep-going] [--module FILE] [--failures FOLDER]
  --filter                        ${NAMES.join(", ")} (default: all, one after the other)
  --from N                        begins with case N of the seed, where an earlier run has left off
  --cases, --minutes, --seconds   when to stop, whichever comes first (default: one minute), shared by the filters
  --case N                        plays case N of the seed alone, and says what is wrong with it
  --configurations                documents for the reader of configurations in place of sessions; one job
  --keep-going                    goes on after a failure, for others that look different
  --module                        another module than build/NAME.wasm
Exit codes: 0 nothing found, 1 something found, 2 usage.`;

/** Reads the command line; throws with one line for what is wrong with it. */
export function readOptions(args: readonly string[]): Options | "help" {
  const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      filter: text(NAMES.join(",")),
      seed: text("1"),
      from: text("0"),
      jobs: text("1"),
      cases: { type: "string" },
      minutes: { type: "string" },
      seconds: { type: "string" },
      case: { type: "string" },
      configurations: { type: "boolean", default: false },
      "keep-going": { type: "boolean", default: false },
      module: { type: "string" },
      failures: text("tests/fuzz/failures"),
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const targets = values.filter.split(",").map(targetOf);
  const only = values.case === undefined ? undefined : whole("case", values.case);
  if (targets.length > 1 && (only !== undefined || values.module !== undefined))
    throw new Error("--case and --module are about one filter: name it by --filter");
  const minutes = values.minutes === undefined ? undefined : number("minutes", values.minutes) * 60;
  const seconds = values.seconds === undefined ? minutes : number("seconds", values.seconds);
  const cases = values.cases === undefined ? undefined : whole("cases", values.cases);
  return {
    targets,
    seed: whole("seed", values.seed),
    from: batches(whole("from", values.from)),
    cases: cases === undefined ? Infinity : Math.ceil(cases / targets.length),
    seconds: (seconds ?? (cases === undefined ? 60 : Infinity)) / targets.length,
    jobs: Math.max(1, whole("jobs", values.jobs)),
    only,
    goesOn: values["keep-going"],
    configurations: values.configurations,
    module: values.module,
    failures: values.failures,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || value === Infinity)
    throw new Error(`--${name}: expected a number, found "${text}"`);
  return value;
}

function batches(from: number): number {
  if (from % BATCH !== 0) throw new Error(`--from: expected a multiple of ${BATCH}, found ${from}`);
  return from;
}

function whole(name: string, text: string): number {
  const value = number(name, text);
  if (!Number.isSafeInteger(value)) throw new Error(`--${name}: expected a whole number, found "${text}"`);
  return value;
}
