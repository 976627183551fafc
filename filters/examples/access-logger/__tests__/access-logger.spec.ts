import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { LoggerFactory } from "../index";

const METRICS = "access_logger.default.";

function counted(name: string): i64 {
  return FakeHost.metrics.value(METRICS + name);
}

function outcome(flags: u64): void {
  FakeHost.properties.setNumber("response\0flags", flags);
}

describe("the access logger", () => {
  it("counts what came of connections, and what they carried", () => {
    const proxy = FakeProxy.start(new LoggerFactory());
    outcome(0);
    FakeHost.properties.setNumber("request\0size", 5);
    FakeHost.properties.setNumber("response\0size", 7);
    FakeHost.properties.setNumber("request\0duration", 12_900_000);
    proxy.logEntry();
    outcome(0x10);
    proxy.logEntry();
    outcome(0x4);
    proxy.logEntry();
    proxy.tick();
    expect(counted("connections_total.outcome.ok")).toBe(1);
    expect(counted("connections_total.outcome.reset")).toBe(1);
    expect(counted("connections_total.outcome.other")).toBe(1);
    expect(counted("bytes_total.from.client")).toBe(15);
    expect(counted("bytes_total.from.server")).toBe(21);
    expect(counted("connection_duration_ms")).toBe(36);
    expect(FakeHost.log.lines.length).toBe(0);
  });

  it("takes what the proxy does not know for nothing", () => {
    const proxy = FakeProxy.start(new LoggerFactory());
    proxy.logEntry();
    proxy.tick();
    expect(counted("connections_total.outcome.ok")).toBe(1);
    expect(counted("bytes_total.from.client")).toBe(0);
    expect(FakeHost.metrics.count(METRICS + "connection_duration_ms")).toBe(0);
  });

  it("writes a line for what never reached a server, with whatever bytes the proxy gives", () => {
    const proxy = FakeProxy.start(new LoggerFactory());
    outcome(0x20);
    FakeHost.properties.setText("source\0address", "192.0.2.1:4711");
    FakeHost.properties.setText("xds\0cluster_name", "mail");
    const reason = new ArrayBuffer(2);
    store<u8>(changetype<usize>(reason), 0xff);
    store<u8>(changetype<usize>(reason), 0x61, 1);
    FakeHost.properties.setBytes("upstream\0transport_failure_reason", reason);
    proxy.logEntry();
    expect(FakeHost.log.lines[0]).toBe(
      "never reached a server, client 192.0.2.1:4711, cluster mail: \uFFFDa",
    );
  });

  it("writes none where it is told so", () => {
    const proxy = FakeProxy.start(new LoggerFactory(), '{"log_refused": false}');
    outcome(0x2);
    proxy.logEntry();
    proxy.tick();
    expect(counted("connections_total.outcome.refused")).toBe(1);
    expect(FakeHost.log.lines.length).toBe(0);
  });

  it("does nothing in a filter chain but say so", () => {
    const proxy = FakeProxy.start(new LoggerFactory());
    const connection = proxy.connect();
    connection.clientSends("hello");
    connection.clientCloses();
    proxy.tick();
    expect(connection.serverSaw).toBe("hello");
    expect(counted("connections_total.outcome.ok")).toBe(0);
    expect(FakeHost.log.lines[0]).toBe(
      "an access logger is in a filter chain and does nothing: its place is envoy.access_loggers.wasm",
    );
  });
});
