// What the SDK's StreamInfo, TlsInfo and XdsInfo ask for, and a module that tells what it gets.

import { Constants, POINTER, SIZE, call, line, number, result, tell, telling, word } from "./telling.ts";
import { watBinary } from "./wat.ts";

const TLS = [
  ..."tls_version subject_local_certificate subject_peer_certificate dns_san_local_certificate".split(" "),
  ..."dns_san_peer_certificate uri_san_local_certificate uri_san_peer_certificate".split(" "),
  ..."sha256_peer_certificate_digest peer_certificate".split(" "),
];

/** By path, dots for NUL. */
export const TEXTS: readonly string[] = [
  ..."source.address destination.address connection.requested_server_name".split(" "),
  ..."connection.termination_details connection.transport_failure_reason".split(" "),
  ..."upstream.address upstream.local_address upstream.transport_failure_reason upstream.server_name".split(
    " ",
  ),
  ...["connection", "upstream"].flatMap((side) => TLS.map((name) => `${side}.${name}`)),
  ..."xds.node.id xds.node.cluster xds.node.locality.region xds.node.locality.zone".split(" "),
  ..."xds.node.metadata.team xds.cluster_name xds.filter_chain_name".split(" "),
  ...["listener", "cluster", "upstream_host"].map((of) => `xds.${of}_metadata.filter_metadata.ours.key`),
];

/** Numbers that are the same in every run. */
export const EXACT_NUMBERS: readonly string[] = [
  ..."request.size response.size response.flags upstream.request_attempt_count upstream.num_endpoints".split(
    " ",
  ),
  "xds.listener_direction",
];

export const NUMBERS: readonly string[] = [
  ...EXACT_NUMBERS,
  ..."source.port destination.port connection.id request.time request.duration upstream.port".split(" "),
  "upstream.cx_pool_ready_duration",
];

export const TRUTHS: readonly string[] = ["connection.mtls", "connection.peer_certificate_valid"];

const ALL = [...TEXTS, ...NUMBERS, ...TRUTHS];

/** Ends what is told of a connection that is over, by the filter and by the access logger. */
export const ENDED = "ended";

/** Where every property is asked for. */
export type Moment = "configure" | "new" | "downstream" | "upstream" | "log";

/** Tells of every property at the moments; at `log` also as an access logger. */
export function propertiesModule(
  moments: readonly Moment[],
  acts: { readonly downstream?: string } = {},
): Uint8Array {
  const constants = new Constants();
  const at = (moment: Moment): string =>
    moments.includes(moment) ? ALL.map((path) => asked(constants, moment, path)).join("\n") : "";
  const text = telling({
    newConnection: `${at("new")} (i32.const 0)`,
    downstream: `${at("downstream")} ${acts.downstream ?? "(i32.const 0)"}`,
    upstream: `${at("upstream")} (i32.const 0)`,
    configure: at("configure"),
  });
  const told = line(tell("log"));
  // One place for all answers: a certificate at a time is much for a module that frees nothing.
  const malloc = `(func (export "malloc") (param i32) (result i32) (i32.const 65536))`;
  return watBinary(
    `${text.replace(told, `${told} ${at("log")} ${line(tell(ENDED))}`)} ${malloc} ${constants.text}`,
    "malloc",
  );
}

/** `moment path status size`, and the number where there is one. */
function asked(constants: Constants, moment: Moment, path: string): string {
  const value = `(i32.load (i32.load (i32.const ${POINTER})))`;
  const truth = `(i32.load8_u (i32.load (i32.const ${POINTER})))`;
  const shown = (size: number, of: string): string =>
    `(if (i32.eq ${word(SIZE)} (i32.const ${size})) (then ${number(of)}))`;
  const more = EXACT_NUMBERS.includes(path)
    ? [shown(8, value)]
    : TRUTHS.includes(path)
      ? [shown(1, truth)]
      : [];
  const parameters = constants.put(path.replaceAll(".", "\0"));
  return result(
    `${moment} ${path}`,
    call("get_property", ...parameters, POINTER, SIZE),
    number(word(SIZE)),
    ...more,
  );
}

/**
 * What was told of each property, by moment and path: `-` where it is absent, else `text`, `empty`, `number`, `truth`, with
 * the value where that is the same in every run. Only the first time of each moment; the access logger's is `access log`.
 */
export function told(lines: readonly string[]): Record<string, string> {
  const properties: Record<string, string> = {};
  let isOver = false;
  for (const text of lines) {
    if (text === "delete") isOver = true;
    const [, moment, path = "", status, size, value = ""] =
      /^(configure|new|downstream|upstream|log) (\S+\.\S+) (\d+) (\d+) ?(\d*)/.exec(text) ?? [];
    if (moment === undefined) continue;
    const key = `${moment === "log" && isOver ? "access log" : moment} ${path}`;
    properties[key] ??= kindOf(path, Number(status), Number(size), value);
  }
  return properties;
}

function kindOf(path: string, status: number, size: number, value: string): string {
  if (status !== 0) return "-";
  if (TEXTS.includes(path)) return size === 0 ? "empty" : "text";
  const wanted = TRUTHS.includes(path) ? 1 : 8;
  return size === wanted ? `${wanted === 1 ? "truth" : "number"} ${value}`.trim() : `${size} bytes`;
}
