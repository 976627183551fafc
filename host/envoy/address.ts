/** A host (name, IPv4 or IPv6 without brackets) and a TCP port, 0–65535. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const MAX_PORT = 65_535;

/** Reads `host:port`, `[v6]:port` or `:port` (127.0.0.1). Throws a RangeError that quotes what was wrong. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? NaN);
  if (!match || !(port <= MAX_PORT)) throw new RangeError(`expected host:port, found "${text}"`);
  return { host: match[1] ?? (match[2] || "127.0.0.1"), port };
}

/** `host:port`, IPv6 in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
