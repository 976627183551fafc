import { Faults } from "../host/faults";
import { Host } from "../host/host";
import { Samples } from "../host/samples";
import { FakeBuffers } from "./fake-buffers";
import { FakeClock } from "./fake-clock";
import { FakeHttp } from "./fake-http";
import { FakeLog } from "./fake-log";
import { FakeMetrics } from "./fake-metrics";
import { FakeProperties } from "./fake-properties";
import { FakeForeign, FakeSharedData, FakeSharedQueue } from "./fake-shared";
import { FakeStream, FakeTimer } from "./fake-stream";
import { FakeVm } from "./fake-vm";

/** A proxy for unit specs: `FakeHost.install()` first (in `beforeEach`), then look at the fakes here. */
export class FakeHost {
  /** Moved by the spec. */
  static clock: FakeClock = new FakeClock();
  /** Keeps its lines. */
  static log: FakeLog = new FakeLog(FakeHost.clock);
  /** What was defined and counted. */
  static metrics: FakeMetrics = new FakeMetrics();
  /** Properties of connections, and filter state. */
  static properties: FakeProperties = new FakeProperties();
  /** Chunks, configuration, bodies of answers. */
  static buffers: FakeBuffers = new FakeBuffers();
  /** What was let go and closed. */
  static stream: FakeStream = new FakeStream();
  /** The period that was asked for. */
  static timer: FakeTimer = new FakeTimer();
  /** Calls that were sent. */
  static http: FakeHttp = new FakeHttp();
  /** Shared values. */
  static sharedData: FakeSharedData = new FakeSharedData();
  /** Shared queues. */
  static sharedQueue: FakeSharedQueue = new FakeSharedQueue();
  /** Foreign functions that were called. */
  static foreign: FakeForeign = new FakeForeign();
  /** What the VM was started with. */
  static vm: FakeVm = new FakeVm();

  /** Puts fresh fakes in the proxy's place, but for `vm`, which may be given. */
  static install(vm: FakeVm = new FakeVm()): void {
    FakeHost.clock = new FakeClock();
    FakeHost.log = new FakeLog(FakeHost.clock);
    FakeHost.metrics = new FakeMetrics();
    FakeHost.properties = new FakeProperties();
    FakeHost.buffers = new FakeBuffers();
    FakeHost.stream = new FakeStream();
    FakeHost.timer = new FakeTimer();
    FakeHost.http = new FakeHttp();
    FakeHost.sharedData = new FakeSharedData();
    FakeHost.sharedQueue = new FakeSharedQueue();
    FakeHost.foreign = new FakeForeign();
    FakeHost.vm = vm;
    Host.clock = FakeHost.clock;
    Host.log = FakeHost.log;
    Host.metrics = FakeHost.metrics;
    Host.properties = FakeHost.properties;
    Host.buffers = FakeHost.buffers;
    Host.stream = FakeHost.stream;
    Host.timer = FakeHost.timer;
    Host.http = FakeHost.http;
    Host.sharedData = FakeHost.sharedData;
    Host.sharedQueue = FakeHost.sharedQueue;
    Host.foreign = FakeHost.foreign;
    Host.vm = FakeHost.vm;
    Faults.clear();
    Samples.clear();
  }
}
