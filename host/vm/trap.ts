/** Thrown by a host function to trap the module that called it. */
export class HostTrap extends Error {
  override readonly name = "HostTrap";
}

/** Whether a module died of it; anything else that is thrown is a mistake of this host. */
export function isTrap(error: unknown): error is Error {
  if (error instanceof HostTrap || error instanceof WebAssembly.RuntimeError) return true;
  return error instanceof RangeError && error.message.includes("call stack");
}

/** The reason and the module's own frames, as Envoy logs them. */
export function describeTrap(error: Error): string {
  const frames = [...(error.stack ?? "").matchAll(FRAME)];
  const reason = `Uncaught ${error instanceof HostTrap ? "Error" : error.name}: ${error.message}`;
  if (frames.length === 0) return reason;
  const lines = frames.map(
    ([, name, index = "", at = ""], depth) => `  ${depth}:  ${at} - ${name ?? `function ${index}`}`,
  );
  return [reason, "Proxy-Wasm plugin in-VM backtrace:", ...lines].join("\n");
}

// `    at filters/x/index/f (wasm://wasm/heirloom-12ab:wasm-function[12]:0x1f3)`, without a name section only the place.
const FRAME = /^\s*at (?:(\S+) \()?wasm:\/\/\S*?:wasm-function\[(\d+)\]:(0x[0-9a-f]+)\)?$/gm;
