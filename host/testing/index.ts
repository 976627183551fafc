// The unit kit: a built filter between two scripted peers, transcripts of any protocol, and a real Envoy.
export { readAddresses, replaceAddresses, type AddressChanges, type EnvoyAddresses } from "../envoy/adapt.ts";
export {
  cluster,
  envoyConfig,
  type EnvoyConfigOptions,
  type FilterOptions,
  type ListenerOptions,
} from "../envoy/bootstrap.ts";
export { findEnvoy, locateEnvoy, type EnvoyLocation } from "../envoy/find.ts";
export { EnvoyStartError, startEnvoy, type EnvoyStart, type RunningEnvoy } from "../envoy/process.ts";
export { loadModule, type HostModule } from "../module/load.ts";
export { checksOf, mismatches, type Check } from "./checks.ts";
export type { Conversation, Outcome, Passed, Step, TranscriptPeer } from "./conversation.ts";
export { byteByByte, cutAtEveryPosition, type Variant } from "./cuts.ts";
export { InvariantChecker, type Invariants, type Moment, type Statement } from "./invariants.ts";
export { canonicalKey, canonicalMetricsOf, metricsOf, type MetricValues } from "./metrics.ts";
export { TestConnection, TestProxy, type TestConnectionOptions, type TestProxyOptions } from "./proxy.ts";
export { envoyMetrics, startRig, type Rig, type RigOptions } from "./rig.ts";
export { openClient, ScriptedServer, type End, type Pair } from "./sockets.ts";
export { asWritten, Stage, type Cut, type StageOptions } from "./stage.ts";
export {
  parseTranscript,
  readTranscript,
  type Expectation,
  type ProxySettings,
  type TimedProperties,
  type Transcript,
} from "./transcript.ts";
