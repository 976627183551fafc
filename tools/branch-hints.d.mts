/** Every `if` and `br_if` of a module, in their order: its function, and the offset of its code in that function's body. */
export function branchesOf(module: Buffer): { readonly index: number; readonly offset: number }[];
/** The names of the globals that a counting copy has for a branch: how often it came by, and how often it was taken. */
export function countersOf(branch: number): { readonly seen: string; readonly taken: string };
/** A copy of the module that counts in exported globals. */
export function counting(module: Buffer): Buffer;
/** The module with hints for the branches that nearly always go one way. */
export function hinted(
  module: Buffer,
  countsOf: (branch: number) => { readonly seen: number; readonly taken: number },
): Buffer;
