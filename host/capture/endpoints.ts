import type { CapturePeer } from "./connection.ts";
import type { Segment } from "./segment.ts";

/** Who talks to whom. */
export interface Endpoints {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The endpoints of a connection of which one peer sent this segment. */
export function endpointsOf(segment: Segment, from: CapturePeer): Endpoints {
  const { addresses } = segment;
  const half = addresses.length / 2;
  const source = { host: hostOf(addresses.subarray(0, half)), port: segment.sourcePort };
  const destination = { host: hostOf(addresses.subarray(half)), port: segment.destinationPort };
  return from === "client"
    ? { client: source, server: destination }
    : { client: destination, server: source };
}

function hostOf(address: Buffer): string {
  if (address.length === 4) return address.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(i * 2).toString(16));
  // Addresses in URLs are written in their shortest form (RFC 5952).
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
