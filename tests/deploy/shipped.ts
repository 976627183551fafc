/** What deploy/envoy/ is made from: `node node_modules/vitest/vitest.mjs run tests/deploy -u` writes the files anew. */

import type { EnvoyConfigOptions, ProxyOptions } from "../../host/envoy/generate.ts";

/** Everything that these configurations read lies here. */
export const FOLDER = "/etc/heirloom";
/** Not /dev/stdout, which Envoy cannot open where it is a socket: under systemd, for one. */
export const ACCESS_LOG = "/var/log/envoy/heirloom.log";
const LOCAL = "127.0.0.1";
const ADMIN = { host: LOCAL, port: 9901 };
const METRICS = { host: "0.0.0.0", port: 9902 };
/** A server that shares the machine with Envoy has left it its port and listens on this much above. */
const SERVER_PORTS = 10_000;
/** Ten times Envoy's default, which a busy mail server exceeds; 10,000 idle sessions with their records take some 250 MiB. */
const MAX_CONNECTIONS = 10_000;

interface Service {
  readonly filter: "smtp" | "ldap" | "pop3";
  readonly name: string;
  readonly port: number;
}

const SMTP: Service = { filter: "smtp", name: "smtp", port: 25 };
const SUBMISSION: Service = { filter: "smtp", name: "submission", port: 587 };
const SUBMISSIONS: Service = { filter: "smtp", name: "submissions", port: 465 };
const LDAP: Service = { filter: "ldap", name: "ldap", port: 389 };
const LDAPS: Service = { filter: "ldap", name: "ldaps", port: 636 };
const POP3: Service = { filter: "pop3", name: "pop3", port: 110 };
const POP3S: Service = { filter: "pop3", name: "pop3s", port: 995 };

/** One listener: what is not given is the same in all of them. */
function proxy(service: Service, more: Partial<ProxyOptions> = {}): ProxyOptions {
  const { filter, name, port } = service;
  return {
    filter,
    name,
    vmId: "heirloom",
    module: `${FOLDER}/heirloom.wasm`,
    listen: { host: "0.0.0.0", port },
    upstream: { host: LOCAL, port: SERVER_PORTS + port },
    configuration: { stat_prefix: name, access_log: { record: true } },
    accessLog: ACCESS_LOG,
    maxConnections: MAX_CONNECTIONS,
    ...more,
  };
}

/** Ended by Envoy: the server gets what was inside, on the port that `to` names. */
function terminated(service: Service, to: Service, more: Partial<ProxyOptions> = {}): ProxyOptions {
  const tls = { certificate: `${FOLDER}/tls/server.pem`, key: `${FOLDER}/tls/server.key` };
  return proxy(service, { tls, upstream: { host: LOCAL, port: SERVER_PORTS + to.port }, ...more });
}

function reencrypted(service: Service, serverName: string): ProxyOptions {
  const upstreamTls = { serverName, authorities: `${FOLDER}/tls/ca.pem` };
  return terminated(service, service, { upstreamTls });
}

const PLACE = `Files in ${FOLDER}; servers on 127.0.0.1, on these ports plus ${SERVER_PORTS}. See docs/deploy.md.`;

/** deploy/envoy/static.yaml. */
export const STATIC: EnvoyConfigOptions = {
  comment: [
    "SMTP, LDAP and POP3 as they come: what is encrypted is counted as connections and bytes.",
    PLACE,
  ],
  admin: ADMIN,
  metrics: METRICS,
  proxies: [SMTP, SUBMISSION, SUBMISSIONS, LDAP, LDAPS, POP3, POP3S].map((service) => proxy(service)),
};

/** deploy/envoy/tls.yaml. */
export const TLS: EnvoyConfigOptions = {
  comment: [
    "Ports 465, 636 and 995: Envoy ends TLS, and the servers get what was inside on 10587, 10389 and 10110.",
    "On the other ports STARTTLS stays between client and server; the filters see that it was done.",
    PLACE,
  ],
  admin: ADMIN,
  metrics: METRICS,
  proxies: [
    ...[SMTP, SUBMISSION, LDAP, POP3].map((service) => proxy(service)),
    terminated(SUBMISSIONS, SUBMISSION),
    terminated(LDAPS, LDAP),
    terminated(POP3S, POP3),
  ],
};

/** deploy/envoy/tls-upstream.yaml. */
export const TLS_UPSTREAM: EnvoyConfigOptions = {
  comment: [
    "Ports 465, 636 and 995: Envoy ends TLS, reads what is inside, and speaks TLS to the servers on 10465, 10636 and 10995.",
    PLACE,
  ],
  admin: ADMIN,
  metrics: METRICS,
  proxies: [
    reencrypted(SUBMISSIONS, "mail.example"),
    reencrypted(LDAPS, "directory.example"),
    reencrypted(POP3S, "mail.example"),
  ],
};

const WATCHED = [SMTP, LDAP].map((service) => proxy(service));

/** deploy/envoy/lds.yaml. */
export const LDS: EnvoyConfigOptions = {
  comment: [
    "Listeners from a file that Envoy watches: move a new one over it, and new connections follow it.",
    PLACE,
  ],
  admin: ADMIN,
  metrics: METRICS,
  listenersFile: `${FOLDER}/listeners.yaml`,
  proxies: WATCHED,
};

/** deploy/envoy/listeners.yaml. */
export const LISTENERS: Pick<EnvoyConfigOptions, "proxies" | "comment"> = {
  comment: ["The listeners of lds.yaml."],
  proxies: WATCHED,
};

/** deploy/kubernetes/envoy.yaml. */
export const KUBERNETES: EnvoyConfigOptions = {
  comment: ["For a container beside the mail server's, in one pod. See docs/deploy.md."],
  admin: ADMIN,
  metrics: METRICS,
  proxies: [
    proxy(SMTP, {
      // A container without privileges may not be allowed to listen on 25.
      listen: { host: "0.0.0.0", port: 2525 },
      upstream: { host: LOCAL, port: SMTP.port },
      // There it is a pipe.
      accessLog: "/dev/stdout",
    }),
  ],
};
