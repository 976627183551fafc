import type { StatStore, Scalar } from "../metrics/store.ts";
import type { TagRule } from "../metrics/tags.ts";

/** Envoy's own tag for the stats of a cluster; with it they are `envoy_cluster_…{envoy_cluster_name="smtp"}`. */
export const CLUSTER_TAG: TagRule = { tag_name: "envoy.cluster_name", regex: "^cluster\\.((\\w+)\\.)" };

/** What became of connections to an upstream, under the names that Envoy has for it. */
export class UpstreamStats {
  private readonly total: Scalar;
  private readonly active: Scalar;
  private readonly connectFail: Scalar;
  private readonly connectTimeout: Scalar;

  /** `cluster`: its name, `\w+`. */
  constructor(stats: StatStore, cluster: string) {
    const counter = (name: string): Scalar => stats.defineOwn("counter", `cluster.${cluster}.${name}`);
    this.total = counter("upstream_cx_total");
    this.active = stats.defineOwn("gauge", `cluster.${cluster}.upstream_cx_active`);
    this.connectFail = counter("upstream_cx_connect_fail");
    this.connectTimeout = counter("upstream_cx_connect_timeout");
  }

  /** A connection was begun. */
  begun(): void {
    this.total.add(1n);
    this.active.add(1n);
  }

  /** It is over. */
  over(): void {
    this.active.add(-1n);
  }

  /** It never came to be; `timeout`: nobody answered. */
  failed(how: "refused" | "timeout"): void {
    this.connectFail.add(1n);
    if (how === "timeout") this.connectTimeout.add(1n);
  }
}
