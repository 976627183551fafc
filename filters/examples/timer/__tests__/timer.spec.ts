import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { TimerFactory } from "../index";

describe("timer", () => {
  it("measures how long a connection lasts", () => {
    const proxy = FakeProxy.start(new TimerFactory());
    const connection = proxy.connect();
    FakeHost.clock.advance(1500);
    connection.clientCloses();
    expect(FakeHost.metrics.count("timer.default.session_duration_us")).toBe(1);
    expect(FakeHost.metrics.value("timer.default.session_duration_us")).toBe(1_500_000);
    expect(FakeHost.properties.written.get("timer")).toBe("1500000 us");
  });

  it("adds up at each tick how long the open ones have been there", () => {
    const proxy = FakeProxy.start(new TimerFactory(), '{"tick_ms":500}');
    proxy.tick(500); // the first period begins
    const connection = proxy.connect();
    proxy.connect();
    proxy.tick(500);
    proxy.tick(100); // not yet
    connection.clientCloses();
    proxy.tick(400);
    proxy.tick(500);
    proxy.tick(0); // counters are flushed at every second tick of this one
    expect(FakeHost.metrics.value("timer.default.open_ms_total")).toBe(2 * 500 + 500 + 500);
    expect(FakeHost.metrics.value("timer.default.sessions_active")).toBe(1);
  });
});
