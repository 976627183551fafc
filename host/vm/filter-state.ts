import { isIP } from "node:net";

/** The cluster that tcp_proxy connects to, chosen before it does. */
export const CLUSTER_KEY = "envoy.tcp_proxy.cluster";

const ADDRESS = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d+)$/;

const isAddress = (value: string): boolean => {
  const { six, four, port } = ADDRESS.exec(value)?.groups ?? {};
  const ip = six === undefined ? isIP(four ?? "") === 4 : isIP(six) === 6;
  return ip && Number(port) < 65536;
};
const anything = (): boolean => true;
const isNumber = (value: string): boolean => /^\d+$/.test(value);

/** What `set_envoy_filter_state` may set (Envoy's well-known filter state objects), and which values each takes. */
const WELL_KNOWN: Readonly<Record<string, (value: string) => boolean>> = {
  [CLUSTER_KEY]: anything,
  "envoy.tcp_proxy.disable_tunneling": (value) => value === "true" || value === "false",
  "envoy.tcp_proxy.per_connection_idle_timeout_ms": isNumber,
  "envoy.network.upstream_server_name": anything,
  "envoy.network.application_protocols": anything,
  "envoy.network.upstream_subject_alt_names": anything,
  "envoy.network.transport_socket.original_dst_address": isAddress,
  "envoy.filters.listener.original_dst.local_ip": isAddress,
  "envoy.filters.listener.original_dst.remote_ip": isAddress,
  "envoy.upstream.dynamic_host": anything,
  "envoy.upstream.dynamic_port": (value) => isNumber(value) && Number(value) > 0 && Number(value) < 65536,
  "envoy.ratelimit.hits_addend": isNumber,
  "envoy.string": anything,
  "envoy.hashable_string": anything,
};

/** Whether Envoy knows objects of this key. */
export function isFilterStateKey(key: string): boolean {
  return Object.hasOwn(WELL_KNOWN, key);
}

/** Whether Envoy can make an object of this key from the value. */
export function isFilterStateValue(key: string, value: string): boolean {
  return WELL_KNOWN[key]?.(value) ?? false;
}
