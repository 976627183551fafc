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

/** What the proxy offers. Unit specs put the fakes of assembly/testing in these places (`FakeHost.install`). */
export class Host {
  static clock: Clock = new EnvoyClock();
  static log: Log = new EnvoyLog(Host.clock);
  static metrics: Metrics = new EnvoyMetrics();
  static properties: Properties = new EnvoyProperties();
  static buffers: Buffers = new EnvoyBuffers();
  static stream: Stream = new EnvoyStream();
  static timer: Timer = new EnvoyTimer();
  static http: Http = new EnvoyHttp();
  static sharedData: SharedData = new EnvoySharedData();
  static sharedQueue: SharedQueue = new EnvoySharedQueue();
  static foreign: Foreign = new EnvoyForeign();

  /** For the runtime: the context of the connection that a callback is about. */
  static context: u32 = 0;
}
