import type { EnvoyConfigOptions } from "../host/envoy/generate.ts";

/** Fixed ports of the shipped configurations, each with the environment variable that overrides it. */
export const PORTS = {
  /** Envoy takes mail here. */
  smtp: { preferred: 2525, variable: "HEIRLOOM_SMTP_PORT" },
  /** Envoy's admin interface. */
  admin: { preferred: 9901, variable: "HEIRLOOM_ADMIN_PORT" },
  /** The mail server behind Envoy. */
  server: { preferred: 2526, variable: "HEIRLOOM_SERVER_PORT" },
  /** The mail server's own metrics. */
  book: { preferred: 9464, variable: "HEIRLOOM_BOOK_PORT" },
} as const;

/** The stat_prefix of both configurations: what tells several filters apart in Prometheus. */
export const STAT_PREFIX = "edge";

const LOCAL = "127.0.0.1";
/** Containers reach each other by name, and what is published only listens on all addresses. */
const ANY = "0.0.0.0";
const configuration = { stat_prefix: STAT_PREFIX, verbosity: "standard" };

/** envoy.yaml: one machine, everything on the loopback address. */
export const LOCAL_ENVOY: EnvoyConfigOptions = {
  comment: [
    "SMTP metrics from Envoy. Run it from the top folder of the project, after `npm run build`:",
    "  envoy -c envoy.yaml",
    "It takes mail on port 2525 and hands it to a mail server on port 2526. See docs/smtp.md.",
  ],
  admin: { host: LOCAL, port: PORTS.admin.preferred },
  proxies: [
    {
      filter: "smtp",
      listen: { host: LOCAL, port: PORTS.smtp.preferred },
      upstream: { host: LOCAL, port: PORTS.server.preferred },
      configuration,
    },
  ],
};

/** Where the containers' Envoy finds the module. */
export const COMPOSE_MODULE = "/etc/heirloom/smtp.wasm";
/** The name of the mail server's container. */
export const COMPOSE_SERVER = "mail";

/** demo/compose/envoy.yaml: the same between containers. */
export const COMPOSE_ENVOY: EnvoyConfigOptions = {
  comment: ["envoy.yaml for docker-compose.yaml: the addresses of the containers, else the same."],
  admin: { host: ANY, port: PORTS.admin.preferred },
  proxies: [
    {
      filter: "smtp",
      module: COMPOSE_MODULE,
      listen: { host: ANY, port: PORTS.smtp.preferred },
      upstream: { host: COMPOSE_SERVER, port: PORTS.server.preferred },
      configuration,
    },
  ],
};
