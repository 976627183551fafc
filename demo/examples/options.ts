import { Command, InvalidArgumentError } from "commander";
import { exampleNames, readExample } from "./example.ts";
import type { ExampleOptions } from "./run.ts";

/** What the command line asks for: an example by its name, or the list of them. */
export type ExampleRequest =
  | { readonly kind: "list" }
  | { readonly kind: "run"; readonly name: string; readonly options: ExampleOptions };

/** Reads the command line. Ends the process, with a line or two, for `--help` and where something is wrong with it. */
export function readExampleOptions(words: readonly string[]): ExampleRequest {
  if (words.some((word) => LIST.includes(word))) return { kind: "list" };
  let request: ExampleRequest | undefined;
  const command = exampleCommand((asked) => (request = asked));
  command.parse(words, { from: "user" });
  return request ?? command.help({ error: true });
}

/** Without an example it would be no command to the parser. */
const LIST: readonly string[] = ["-l", "--list"];

/** One line for each example. */
export function exampleList(): string[] {
  const names = exampleNames();
  const width = Math.max(...names.map(({ length }) => length));
  return names.map((name) => `${name.padEnd(width)}  ${readExample(name).title}`);
}

/** The command line of the examples; `ask` gets what it asks for. */
export function exampleCommand(ask: (request: ExampleRequest) => void): Command {
  const command = new Command("npm run example --")
    .description("An example filter in Envoy, before a server it can talk to.")
    .option(LIST.join(", "), "show the examples there are")
    .helpCommand(false)
    .addHelpText("after", MORE_HELP)
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, "heirloom example: ").replace("unknown command", "unknown example"));
      },
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  for (const name of exampleNames()) {
    command
      .command(name)
      .description(readExample(name).title)
      .option("--set <json>", "settings of the filter that replace those of its envoy.yaml", settings)
      .option("--bind <host>", "address that Envoy listens on", "127.0.0.1")
      .action((options: ExampleOptions) => {
        ask({ kind: "run", name, options });
      });
  }
  return command;
}

const MORE_HELP = `
Each takes --set <json> (settings of the filter that replace those of its envoy.yaml) and --bind <host> (the address
that Envoy listens on, 127.0.0.1 without it). Ports: those of filters/examples/NAME/envoy.yaml, or free ones where they
are in use; HEIRLOOM_<NAME>_PORT fixes that of a listener or cluster of that name. Envoy: $ENVOY, or on the PATH, or
downloaded once.`;

function settings(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Expected a JSON object, such as {"stat_prefix": "other"}.');
}
