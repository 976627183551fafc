/** The protocols of the demo: the names of listener and cluster in envoy.yaml. */
export type Protocol = "smtp" | "ldap";
