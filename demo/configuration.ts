import type { EnvoyConfigOptions, ProxyOptions } from "../host/envoy/generate.ts";
import type { Protocol } from "./protocol.ts";

/** Fixed ports of the shipped configurations, each with the environment variable that overrides it. */
export const PORTS = {
  /** Envoy takes mail here. */
  smtp: { preferred: 2525, variable: "HEIRLOOM_SMTP_PORT" },
  /** Envoy takes LDAP here. */
  ldap: { preferred: 3890, variable: "HEIRLOOM_LDAP_PORT" },
  /** Envoy's admin interface. */
  admin: { preferred: 9901, variable: "HEIRLOOM_ADMIN_PORT" },
  /** The mail server behind Envoy. */
  mail: { preferred: 2526, variable: "HEIRLOOM_MAIL_PORT" },
  /** The directory server behind Envoy. */
  directory: { preferred: 3891, variable: "HEIRLOOM_DIRECTORY_PORT" },
  /** The servers' own metrics. */
  book: { preferred: 9464, variable: "HEIRLOOM_BOOK_PORT" },
  /** The page for browsers. */
  page: { preferred: 8090, variable: "HEIRLOOM_PAGE_PORT" },
} as const;

/** A port of the shipped configurations. */
export type PortName = keyof typeof PORTS;

/** The stat_prefix of all configurations: what tells several filters apart in Prometheus. */
export const STAT_PREFIX = "edge";

const LOCAL = "127.0.0.1";
/** Containers reach each other by name, and what is published only listens on all addresses. */
const ANY = "0.0.0.0";
/** The module of both filters, as `npm run build` makes it. */
export const MODULE = "build/heirloom.wasm";

/** envoy.yaml: one machine, everything on the loopback address. */
export const LOCAL_ENVOY: EnvoyConfigOptions = {
  comment: [
    "SMTP and LDAP metrics from Envoy. Run it from the top folder of the project, after `npm run build`:",
    "  envoy -c envoy.yaml",
    "It takes mail on port 2525 for a mail server on port 2526, and LDAP on port 3890 for a directory server on",
    "port 3891. See docs/smtp.md and docs/ldap.md.",
  ],
  admin: { host: LOCAL, port: PORTS.admin.preferred },
  proxies: proxies({ listenOn: LOCAL, server: LOCAL, module: MODULE }),
};

/** Where the containers' Envoy finds the module. */
export const COMPOSE_MODULE = "/etc/heirloom/heirloom.wasm";
/** The name of the container with the servers. */
export const COMPOSE_SERVERS = "servers";

/** demo/compose/envoy.yaml: the same between containers. */
export const COMPOSE_ENVOY: EnvoyConfigOptions = {
  comment: ["envoy.yaml for docker-compose.yaml: the addresses of the containers, else the same."],
  admin: { host: ANY, port: PORTS.admin.preferred },
  proxies: proxies({ listenOn: ANY, server: COMPOSE_SERVERS, module: COMPOSE_MODULE }),
};

function proxies(where: { listenOn: string; server: string; module: string }): ProxyOptions[] {
  const proxy = (filter: Protocol, server: PortName): ProxyOptions => ({
    filter,
    module: where.module,
    listen: { host: where.listenOn, port: PORTS[filter].preferred },
    upstream: { host: where.server, port: PORTS[server].preferred },
    configuration: { stat_prefix: STAT_PREFIX, verbosity: "standard" },
  });
  return [proxy("smtp", "mail"), proxy("ldap", "directory")];
}
