import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** A program, and the variable of the environment that may say where it is. */
export interface ProgramName {
  readonly program: string;
  readonly variable: string;
}

/**
 * The program that the variable names, else the first of its name on the PATH; undefined when there is none. Rejects, in
 * one line, when the variable is set and names no program.
 */
export async function findProgram(
  { program, variable }: ProgramName,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const { [variable]: named = "", PATH: path = "" } = environment;
  if (named !== "") {
    if (await isProgram(named)) return named;
    throw new Error(`${variable}: expected the path of a program, found "${named}"`);
  }
  for (const folder of path.split(delimiter)) {
    if (folder !== "" && (await isProgram(join(folder, program)))) return join(folder, program);
  }
  return undefined;
}

/** Whether it is a file that may be executed. */
export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
