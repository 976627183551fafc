/** A Dockerfile as far as the ones here go: stages and their instructions. */

/** One instruction; lines that end in a backslash go on. */
export interface Instruction {
  /** `RUN`, `COPY`. */
  readonly name: string;
  readonly text: string;
}

/** A stage, `FROM … AS …`. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages in their order; the last one is what is built when none is named. Throws where it cannot read a line. */
export function stagesOf(dockerfile: string): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  const lines = dockerfile
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  for (const line of lines.filter((text) => text.trim() !== "")) {
    const [, name = "", text = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    const from = /^(\S+) AS (\w+)$/.exec(text);
    if (name === "FROM" && from !== null)
      stages.push({ base: from[1] ?? "", name: from[2] ?? "", instructions: [] });
    else if (name === "" || name === "FROM") throw new Error(`not read: ${line}`);
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** What a stage has of one instruction. */
export function textsOf(stage: Stage, name: string): string[] {
  return stage.instructions.filter((one) => one.name === name).map(({ text }) => text);
}
