/** A listener for Prometheus: /stats/prometheus of the admin interface, and nothing else of it. */

import type { Address } from "./address.ts";

/** Of the listener and, behind it, of the cluster. */
const NAMES = { listener: "metrics", cluster: "admin" } as const;
const PATH = "/stats/prometheus";
const FILTERS = "type.googleapis.com/envoy.extensions.filters";

/** The listener: any other path is answered with 404. */
export function metricsListener(listen: Address): object {
  return {
    name: NAMES.listener,
    address: socketAddress(listen),
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type": `${FILTERS}.network.http_connection_manager.v3.HttpConnectionManager`,
              stat_prefix: NAMES.listener,
              route_config: {
                virtual_hosts: [
                  {
                    name: NAMES.listener,
                    domains: ["*"],
                    routes: [{ match: { path: PATH }, route: { cluster: NAMES.cluster } }],
                  },
                ],
              },
              http_filters: [
                {
                  name: "envoy.filters.http.router",
                  typed_config: { "@type": `${FILTERS}.http.router.v3.Router` },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

/** Its cluster: the admin interface. */
export function adminCluster(admin: Address): object {
  return {
    name: NAMES.cluster,
    type: "STATIC",
    connect_timeout: "5s",
    load_assignment: {
      cluster_name: NAMES.cluster,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(admin) } }] }],
    },
  };
}

function socketAddress({ host, port }: Address): object {
  return { socket_address: { address: host, port_value: port } };
}
