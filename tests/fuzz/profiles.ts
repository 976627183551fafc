import { encodeProperty, type Properties } from "../../host/vm/properties.ts";

const UPSTREAM: Properties = {
  "upstream.address": "198.51.100.1:25",
  "upstream.local_address": "192.0.2.2:40000",
};

/** What the proxy knows of a connection at its close; while it is open, `response.flags` is 0. */
const PROFILES: readonly Properties[] = [
  { ...UPSTREAM, "response.flags": 0 },
  { ...UPSTREAM, "response.flags": 0, "connection.tls_version": "TLSv1.3" },
  { ...UPSTREAM, "response.flags": 0x10 },
  { "response.flags": 0x8020 },
  {},
  { ...UPSTREAM, "response.flags": 0xffff_ffff, "connection.tls_version": '"\n\0é' },
];

/** Properties by profile, encoded as the module gets them. */
export const PROFILE_PROPERTIES: readonly ReadonlyMap<string, Uint8Array>[] = PROFILES.map(
  (properties) => new Map(Object.entries(properties).map(([path, value]) => [path, encodeProperty(value)])),
);
