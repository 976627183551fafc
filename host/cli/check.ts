import { Vm } from "../vm/vm.ts";
import { accepting, chooseFilter, loadFilter, readInput } from "./inputs.ts";

export interface CheckOptions {
  readonly filter: string;
  readonly rootId?: string;
}

/** `heirloom check`: has the module itself judge a configuration. */
export async function check(file: string, options: CheckOptions): Promise<void> {
  const filter = chooseFilter(options.filter, options.rootId);
  const configuration = await readInput(file);
  const module = await loadFilter(filter);
  await accepting(() => new Vm(module).startPlugin({ rootId: filter.rootId, configuration }));
  process.stdout.write(`${file}: accepted by ${filter.rootId}\n`);
}
