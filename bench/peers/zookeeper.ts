/** Bytes of ZooKeeper's protocol, which Envoy's own zookeeper_proxy reads: a session's opening, and getData. */

import type { Script } from "../lockstep.ts";
import type { Variant } from "../protocol.ts";

const GET_DATA = 4;
const STAT_BYTES = 68;
const PASSWORD_BYTES = 16;

/** Envoy's sniffer of ZooKeeper: counts and latencies by operation, requests and responses paired by their number. */
export const ZOOKEEPER_PROXY: Variant = {
  name: "zookeeper_proxy",
  native: {
    name: "envoy.filters.network.zookeeper_proxy",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.zookeeper_proxy.v3.ZooKeeperProxy",
      stat_prefix: "peer",
    },
  },
};

/** A session that reads one node again and again, with messages of so many bytes each. */
export function getData(requestBytes: number, responseBytes: number): Script {
  const bare = getRequest("").length;
  const bareResponse = getResponse(0).length;
  if (requestBytes < bare || responseBytes < bareResponse) throw new RangeError("too short for getData");
  const path = `/${"n".repeat(requestBytes)}`.slice(0, requestBytes - bare);
  return {
    opening: [{ request: connectRequest(), response: connectResponse() }],
    turns: [{ request: getRequest(path), response: getResponse(responseBytes - bareResponse) }],
  };
}

/** protocolVersion, lastZxidSeen, timeOut, sessionId, passwd, readOnly. */
function connectRequest(): Buffer {
  return packet(int(0), long(0), int(30_000), long(0), buffer(Buffer.alloc(PASSWORD_BYTES)), Buffer.of(0));
}

/** protocolVersion, timeOut, sessionId, passwd, readOnly. */
function connectResponse(): Buffer {
  return packet(int(0), int(30_000), long(7), buffer(Buffer.alloc(PASSWORD_BYTES, 1)), Buffer.of(0));
}

/** xid, type, path, watch. */
function getRequest(path: string): Buffer {
  return packet(int(1), int(GET_DATA), buffer(Buffer.from(path)), Buffer.of(0));
}

/** xid, zxid, err, data, stat. */
function getResponse(bytes: number): Buffer {
  return packet(int(1), long(9), int(0), buffer(Buffer.alloc(bytes, "x")), Buffer.alloc(STAT_BYTES));
}

function packet(...parts: readonly Buffer[]): Buffer {
  return buffer(Buffer.concat(parts));
}

function buffer(bytes: Buffer): Buffer {
  return Buffer.concat([int(bytes.length), bytes]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
