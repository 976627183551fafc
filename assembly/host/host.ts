import { Buffers, EnvoyBuffers } from "./buffers";
import { Clock, EnvoyClock } from "./clock";
import { EnvoyForeign, Foreign } from "./foreign";
import { EnvoyHttp, Http } from "./http";
import { EnvoyLog, Log } from "./log";
import { EnvoyMetrics, Metrics } from "./metrics";
import { EnvoyProperties, Properties } from "./properties";
import { EnvoySharedData, SharedData } from "./shared-data";
import { EnvoySharedQueue, SharedQueue } from "./shared-queue";
import { EnvoyStream, Stream } from "./stream";
import { EnvoyTimer, Timer } from "./timer";
import { EnvoyVmInfo, VmInfo } from "./vm-info";

/** What the proxy offers. Unit specs put the fakes of assembly/testing in these places (`FakeHost.install`). */
export class Host {
  /** Time. */
  static clock: Clock = new EnvoyClock();
  /** The proxy's log. */
  static log: Log = new EnvoyLog(Host.clock);
  /** For the runtime: metrics by id; authors use `Stats`. */
  static metrics: Metrics = new EnvoyMetrics();
  /** For the runtime: properties by path; authors use `StreamInfo` and `FilterState`. */
  static properties: Properties = new EnvoyProperties();
  /** For the runtime: the proxy's buffers; authors use `Chunk` and `HttpResponse`. */
  static buffers: Buffers = new EnvoyBuffers();
  /** For the runtime: closing and letting go; authors use what a callback brings. */
  static stream: Stream = new EnvoyStream();
  /** For the runtime: the proxy's one timer; authors use `Plugin.every`. */
  static timer: Timer = new EnvoyTimer();
  /** For the runtime: calls without who waits for them; authors use `HttpClient`. */
  static http: Http = new EnvoyHttp();
  /** Values that all workers share. */
  static sharedData: SharedData = new EnvoySharedData();
  /** Queues between VMs. */
  static sharedQueue: SharedQueue = new EnvoySharedQueue();
  /** Functions that Envoy offers beyond the ABI. */
  static foreign: Foreign = new EnvoyForeign();
  /** For the runtime: what the VM was started with; authors use `Settings.vm` and `Settings.environment`. */
  static vm: VmInfo = new EnvoyVmInfo();

  /** For the runtime: the context of the connection that a callback is about. */
  static context: u32 = 0;
}
