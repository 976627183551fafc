import { getSystemErrorMap } from "node:util";
import { formatAddress, type Address } from "../envoy/address.ts";
import type { Properties } from "../vm/properties.ts";

/** Envoy's response flags: UF, the upstream could not be connected, UR, it reset the connection, NC, no such cluster. */
export const ResponseFlag = { connectFailure: 0x20, upstreamReset: 0x10, noCluster: 0x1000000 } as const;

/** Nobody answered in time. */
export class ConnectTimeout extends Error {
  constructor() {
    super("Connection timed out");
  }
}

/** What the system calls an error. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  const [, message = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** What Envoy knows when the upstream could not be connected; the reason in its words. */
export function connectFailure(reason: string, upstream: Address): Properties {
  return {
    ...endpoint("upstream", upstream.host, upstream.port),
    "upstream.transport_failure_reason": `delayed connect error: ${reason}`,
    "response.flags": ResponseFlag.connectFailure,
  };
}

/** An end of a connection, as properties. */
export function endpoint(prefix: string, host: string | undefined, port: number | undefined): Properties {
  if (host === undefined || port === undefined) return {};
  return { [`${prefix}.address`]: formatAddress({ host, port }), [`${prefix}.port`]: port };
}
