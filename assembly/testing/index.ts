// Fakes for unit specs. Nothing that ships imports them.
export { FakeBuffers } from "./fake-buffers";
export { FakeClock } from "./fake-clock";
export { FakeHost } from "./fake-host";
export { FakeHttp } from "./fake-http";
export { FakeConnection, FakeProxy } from "./fake-proxy";
export { FakeLog } from "./fake-log";
export { FakeMetrics } from "./fake-metrics";
export { FakeProperties } from "./fake-properties";
export { FakeForeign, FakeSharedData, FakeSharedQueue } from "./fake-shared";
export { FakeStream, FakeTimer } from "./fake-stream";
export { FakeVm } from "./fake-vm";
export { bytesOf, settingsOf } from "./texts";
