/**
 * What Envoy cannot do for a Wasm filter of TCP, as docs/sdk.md says it. A filter that tries is told so: as a misuse,
 * or, where it needs a function that Envoy does not have, when it is loaded.
 */
export const CANNOT = {
  stopServer:
    "Envoy cannot stop what a server sends: it does not let it go on again, and loses it if it was the last",
  originate: "Envoy cannot send bytes of a filter's own: a filter edits bytes while they pass, and no others",
  startTls: "Envoy cannot begin TLS for a Wasm filter (STARTTLS): a filter only watches how the peers do",
} as const;

/** What a function that Envoy does not have would do, by its name; undefined where that says nothing. */
export function cannot(name: string): string | undefined {
  if (/tls|ssl|secure_?transport/i.test(name)) return CANNOT.startTls;
  if (/inject|write|send/i.test(name)) return CANNOT.originate;
  return undefined;
}
