// Commands in code blocks, against what the project has.
import { existsSync, readFileSync } from "node:fs";
import { main as heirloom } from "../../dist/host/cli/program.js";

/** What a project of a reader's has besides, as `heirloom new` makes it. */
const TOOLS = ["asc", "vitest"];

/** npm's own commands. */
const NPM = ["ci", "install", "pack"];

/** Commands in `sh` blocks, and behind `$ ` in `console` blocks, that the project does not have. */
export async function unknownCommands({ blocks }) {
  const commands = blocks.flatMap(({ language, text }) => {
    // A backslash goes on in the next line.
    const lines = text
      .replace(/\\\n\s*/g, "")
      .split("\n")
      .map((line) => line.trim());
    if (language === "sh") return lines.filter((line) => line !== "" && !line.startsWith("#"));
    return language === "console"
      ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2))
      : [];
  });
  const written = commands.flatMap((line) => [...line.matchAll(/> (\S+)$/g)].map(([, file]) => file));
  const problems = [];
  for (const command of commands.flatMap((line) => line.split(/\s*(?:&&|\|)\s*/))) {
    const problem = await problemOf(command, written);
    if (problem !== undefined) problems.push(`"${command}": ${problem}`);
  }
  return problems;
}

/** `written`: files that commands of the same page make. */
async function problemOf(command, written) {
  const [tool, verb = "", ...words] = command.split(/\s+/);
  if (tool === "npm" || tool === "npx") return npmProblem(tool, verb, words);
  if (tool === "node" && !verb.startsWith("-") && !existsSync(verb)) return `no file ${verb}`;
  if (tool === "envoy") {
    const isWritten = written.some((file) => `${command} `.includes(`-c ${file} `));
    return isWritten ? undefined : missing(command, /-c (\S+)/);
  }
  if (tool === "docker") return missing("-f docker-compose.yaml", /-f (\S+)/);
  return undefined;
}

function missing(text, pattern) {
  const file = pattern.exec(text)?.[1];
  return file === undefined || file.startsWith("/") || existsSync(file) ? undefined : `no file ${file}`;
}

async function npmProblem(tool, verb, words) {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  if (tool === "npx" && TOOLS.includes(verb)) return undefined;
  if (tool === "npx") return verb === "heirloom" ? heirloomProblem(words) : `nothing is known of ${verb}`;
  if (NPM.includes(verb)) return undefined;
  const script = verb === "run" ? words[0] : verb;
  return scripts[script] === undefined ? `no script ${script}` : undefined;
}

/** Whether the command line knows the command and each of its options. */
async function heirloomProblem([command, ...words]) {
  let help = "";
  const write = process.stdout.write;
  process.stdout.write = (text) => ((help += text), true);
  const code = await heirloom([command, "--help"]).finally(() => (process.stdout.write = write));
  if (code !== 0 || !help.includes(`Usage: heirloom ${command}`)) return `heirloom has no command ${command}`;
  const unknown = words.filter((word) => word.startsWith("--") && !help.includes(`${word} `));
  return unknown.length === 0 ? undefined : `heirloom ${command} has no option ${unknown.join(", ")}`;
}
