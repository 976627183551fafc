/** What older Envoys do otherwise: the headings of docs/compatibility.md, with the first minor version that does as newer ones. */
export const SINCE = {
  /** `upstream_connect_mode` of tcp_proxy. */
  "connect-mode": "1.37",
  /** The response flags tell a server's reset from Envoy's own close. */
  "server-reset": "1.38",
  /** What a client sent before its reset does not go on. */
  "client-reset": "1.40",
  /** Variables of its environment make a VM another one. */
  environment: "1.39",
  /** `omit_empty_values` leaves out filter state that there is none of. */
  "empty-keys": "1.40",
} as const;

export type Difference = keyof typeof SINCE;
