/** A mistake of a module that Envoy answers with a status, silence or a wrong number: worth a loud word in tests. */
export type MisuseKind =
  | "unknown_metric"
  | "metric_type"
  | "metric_redefined"
  | "counter_offset"
  | "gauge_underflow"
  | "buffer_unavailable"
  | "buffer_edit"
  | "map_unavailable"
  | "upstream_pause"
  | "originated"
  | "context_gone"
  | "asked_too_early"
  | "declared_too_late"
  | "unknown_function"
  | "bad_argument"
  | "bad_memory"
  | "not_emulated";

export interface Misuse {
  readonly kind: MisuseKind;
  readonly detail: string;
}

/** Thrown after the callback in which it happened, in VMs that were asked to be strict. */
export class HostMisuse extends Error {
  override readonly name = "HostMisuse";

  constructor(misuses: readonly Misuse[]) {
    super(misuses.map(({ kind, detail }) => `${kind}: ${detail}`).join("; "));
  }
}
