/** See checker.mjs. */
export const NAMES: readonly string[];
export function checkerOf(name: string): Promise<(text: string) => string[]>;
