import type { Properties, PropertyValue } from "./properties.ts";

/** An empty map, as maps are serialised: no pairs. */
const NO_PAIRS = new Uint8Array(4);

/** What Envoy tells anywhere, also before there is a connection: its node, which has no name unless one is configured. */
export const NODE: Properties = {
  "xds.node.id": "",
  "xds.node.cluster": "",
  "xds.node.metadata": NO_PAIRS,
  "xds.node.locality.region": "",
  "xds.node.locality.zone": "",
};

/** What Envoy tells of every TCP connection from its accept on, until it knows better. */
const FROM_ACCEPT: ReadonlyMap<string, PropertyValue> = new Map<string, PropertyValue>([
  ["connection.mtls", false],
  ["connection.peer_certificate_valid", false],
  ["connection.requested_server_name", ""],
  ["upstream.request_attempt_count", 0],
  ["upstream.transport_failure_reason", ""],
  ["response.flags", 0],
  ["xds.filter_chain_name", ""],
  ["xds.listener_direction", 0],
  ["xds.listener_metadata", ""],
  ["metadata", ""],
]);

/** What changes as a connection goes on. */
export interface Progress {
  /** Nanoseconds since 1970. */
  readonly startTime: bigint;
  /** Bytes from the client, as Envoy counts them: what is held and shown again counts again. */
  readonly received: number;
  /** Bytes to the client. */
  readonly sent: number;
}

/** What Envoy tells of a connection of which nobody said more. */
export function impliedProperty(path: string, progress: Progress): PropertyValue | undefined {
  switch (path) {
    case "request.time":
      return progress.startTime;
    case "request.size":
    case "request.total_size":
      return progress.received;
    case "response.size":
    case "response.total_size":
      return progress.sent;
    default:
      return FROM_ACCEPT.get(path);
  }
}

/** What Envoy tells of a connection to a server, once there is one. */
export interface UpstreamFacts {
  /** `ip:port` of the server and of the proxy. */
  readonly address: string;
  readonly localAddress: string;
  readonly cluster: string;
  /** How long it took, in nanoseconds. */
  readonly connectTime: bigint;
}

/** The properties of a connection to a server. */
export function upstreamProperties({
  address,
  localAddress,
  cluster,
  connectTime,
}: UpstreamFacts): Properties {
  return {
    "upstream.address": address,
    "upstream.port": Number(address.slice(address.lastIndexOf(":") + 1)),
    "upstream.local_address": localAddress,
    "upstream.transport_failure_reason": "",
    "upstream.request_attempt_count": 1,
    "upstream.cx_pool_ready_duration": connectTime,
    "upstream.num_endpoints": 1,
    "upstream.locality": "",
    "xds.cluster_name": cluster,
    "xds.cluster_metadata": "",
  };
}

/** A certificate, as far as Envoy tells of it; of several names it tells the first. */
export interface CertificateFacts {
  /** As RFC 2253 writes it: `CN=server.example,O=Example`. */
  readonly subject: string;
  readonly dnsName?: string;
  readonly uri?: string;
  /** SHA-256 in hexadecimal digits, of the other's certificate only. */
  readonly digest?: string;
  /** PEM, of the other's certificate only. */
  readonly pem?: string;
}

/** TLS on one side of the proxy. */
export interface TlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  /** SNI: what the client sent, where a tls_inspector read it, or what the proxy sent to the server. */
  readonly serverName?: string;
  /** The proxy's own certificate. */
  readonly local?: CertificateFacts;
  /** The client's, or the server's. */
  readonly peer?: CertificateFacts;
}

/** The properties of TLS with the client (`connection`) or with the server (`upstream`), from the first data callback on. */
export function tlsProperties(
  side: "connection" | "upstream",
  { version, serverName, local, peer }: TlsFacts,
): Properties {
  const nameKey = side === "connection" ? "requested_server_name" : "server_name";
  const isShown = peer !== undefined;
  return prefixed(side, {
    tls_version: version,
    [nameKey]: serverName ?? (side === "connection" ? "" : undefined),
    subject_local_certificate: local?.subject ?? "",
    dns_san_local_certificate: local?.dnsName,
    uri_san_local_certificate: local?.uri,
    subject_peer_certificate: peer?.subject ?? "",
    dns_san_peer_certificate: peer?.dnsName,
    uri_san_peer_certificate: peer?.uri,
    sha256_peer_certificate_digest: peer?.digest,
    peer_certificate: peer?.pem,
    ...(side === "connection" ? { mtls: isShown, peer_certificate_valid: isShown } : {}),
  });
}

function prefixed(prefix: string, values: Readonly<Record<string, PropertyValue | undefined>>): Properties {
  const properties: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) properties[`${prefix}.${name}`] = value;
  return properties;
}
