/** What a command ends with; the numbers are the exit codes. */
export const ExitCode = { yes: 0, no: 1, usage: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Ends a command with one line per message on stderr. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];

  constructor(exitCode: ExitCode, ...lines: string[]) {
    super(lines.join("\n"));
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

/** The answer is no. */
export function refused(...lines: string[]): Failure {
  return new Failure(ExitCode.no, ...lines);
}

/** The command cannot be carried out as it was written. */
export function misused(...lines: string[]): Failure {
  return new Failure(ExitCode.usage, ...lines);
}

/** The message of anything that was thrown, on one line. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? "";
}
