/** How much linear memory one of many things takes. */

/** Whatever has a linear memory. */
interface Growing {
  readonly memoryBytes: number;
}

/**
 * Linear memory that each thing takes that `add` adds one of, in bytes. AssemblyScript doubles the memory when it is full,
 * so what a growth brought is divided by the things that it lasted for: the one before the last of so many, when tables
 * and pools weigh what they weigh in the long run.
 */
export function marginalBytes(vm: Growing, add: () => void, growthsToSee = 6): number {
  const growths: { readonly things: number; readonly bytes: number }[] = [];
  let last = vm.memoryBytes;
  for (let things = 1; growths.length < growthsToSee; things++) {
    add();
    if (vm.memoryBytes === last) continue;
    growths.push({ things, bytes: vm.memoryBytes - last });
    last = vm.memoryBytes;
  }
  const [from, to] = growths.slice(-2);
  return from === undefined || to === undefined ? NaN : from.bytes / (to.things - from.things);
}
