/** See gate.mjs. */
export function abortCallers(bytes: Uint8Array): Map<string, string[]>;
