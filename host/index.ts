// The embedded proxy-wasm L4 host: runs a filter module in Node the way Envoy does.
export type { LogLevel, MetricType, Peer } from "./abi/constants.ts";
export { loadModule, ModuleRejected, type HostModule } from "./module/load.ts";
export { ManualClock, systemClock, type Clock } from "./vm/clock.ts";
export { type Connection, type ConnectionOptions, type Direction } from "./vm/connection.ts";
export type { HttpHandler, HttpOutcome, HttpRequest, HttpResponse } from "./vm/http.ts";
export type { Pairs } from "./abi/pairs.ts";
export { HostMisuse, type Misuse, type MisuseKind } from "./vm/misuse.ts";
export { ConfigurationRejected, type AccessLogEntry, type Plugin, type PluginOptions } from "./vm/plugin.ts";
export type { Properties, PropertyValue } from "./vm/properties.ts";
export type { ConnectMode } from "./vm/read-side.ts";
export {
  tlsProperties,
  upstreamProperties,
  type CertificateFacts,
  type TlsFacts,
  type UpstreamFacts,
} from "./vm/stream-info.ts";
export { SharedStore } from "./vm/shared.ts";
export { Worker, type VmConfig, type WorkerOptions } from "./vm/worker.ts";
export { Vm, advanceTogether, type VmOptions } from "./vm/vm.ts";
export { DEFAULT_BUCKETS, type HistogramBucketSetting } from "./metrics/buckets.ts";
export { toPrometheus, toText, type ExpositionOptions } from "./metrics/exposition.ts";
export { parseMetricName, type MetricName } from "./metrics/names.ts";
export { parsePrometheus, type Sample } from "./metrics/parse.ts";
export { Histogram, StatStore, type Stat, type StatStoreOptions } from "./metrics/store.ts";
export type { TagRule } from "./metrics/tags.ts";
