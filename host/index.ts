// The embedded proxy-wasm L4 host: runs a filter module in Node the way Envoy does.
export type { LogLevel, MetricType, Peer } from "./abi/constants.ts";
export { loadModule, ModuleRejected, type HostModule } from "./module/load.ts";
export { ManualClock, systemClock, type Clock } from "./vm/clock.ts";
export { type Connection, type ConnectionOptions, type Direction } from "./vm/connection.ts";
export { HostMisuse, type Misuse, type MisuseKind } from "./vm/misuse.ts";
export { ConfigurationRejected, type Plugin, type PluginOptions } from "./vm/plugin.ts";
export type { Properties, PropertyValue } from "./vm/properties.ts";
export { Vm, type VmOptions } from "./vm/vm.ts";
export { DEFAULT_BUCKETS, type HistogramBucketSetting } from "./metrics/buckets.ts";
export { toPrometheus, toText, type ExpositionOptions } from "./metrics/exposition.ts";
export { parseMetricName, type MetricName } from "./metrics/names.ts";
export { parsePrometheus, type Sample } from "./metrics/parse.ts";
export { Histogram, StatStore, type Stat, type StatStoreOptions } from "./metrics/store.ts";
export type { TagRule } from "./metrics/tags.ts";
