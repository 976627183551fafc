/** One Envoy with the filters that ship before its upstreams. */

import type { FilterOptions } from "../../../host/envoy/bootstrap.ts";

export { startRig, type Rig, type RigOptions } from "../../../host/testing/rig.ts";

/** The module under test. */
export const SMTP_MODULE = "build/smtp.wasm";

/** The SMTP filter with a configuration; an object goes as a Struct, a text as a StringValue. */
export function smtp(configuration?: object | string): FilterOptions {
  return { module: SMTP_MODULE, rootId: "heirloom.smtp", configuration };
}

/** As {@link smtp}, the LDAP filter. */
export function ldap(configuration?: object | string): FilterOptions {
  return { module: "build/ldap.wasm", rootId: "heirloom.ldap", configuration };
}

/** As {@link smtp}, the POP3 filter. */
export function pop3(configuration?: object | string): FilterOptions {
  return { module: "build/pop3.wasm", rootId: "heirloom.pop3", configuration };
}
