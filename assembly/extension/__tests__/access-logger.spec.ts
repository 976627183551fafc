import { Settings } from "../../config/settings";
import { FilterState } from "../../host/filter-state";
import { Stats } from "../../host/stats";
import { Slice } from "../../bytes/slice";
import { StreamInfo } from "../../host/stream-info";
import { FakeHost, FakeProxy } from "../../testing";
import { AccessLogger } from "../access-logger";
import { FilterFactory } from "../factory";
import { Plugin } from "../plugin";

const seen: string[] = [];

class Logger extends AccessLogger {
  onLog(): void {
    const address = StreamInfo.sourceAddress();
    seen.push(address === null ? "-" : String.UTF8.decodeUnsafe(address.start, address.length));
  }
}

class Writer extends AccessLogger {
  onLog(): void {
    FilterState.set("late", new Slice());
  }
}

class LoggerFactory extends FilterFactory {
  configure(_settings: Settings): Plugin {
    Stats.of("logger", "default");
    return new Logger();
  }
}

class WriterFactory extends FilterFactory {
  configure(_settings: Settings): Plugin {
    Stats.of("logger", "default");
    return new Writer();
  }
}

describe("AccessLogger", () => {
  it("is told of each connection, with what the proxy knows of it", () => {
    seen.length = 0;
    const proxy = FakeProxy.start(new LoggerFactory("logger"));
    proxy.logEntry();
    FakeHost.properties.setText("source\0address", "192.0.2.1:4711");
    proxy.logEntry();
    expect(seen.join(" ")).toBe("- 192.0.2.1:4711");
    proxy.end();
  });

  it("has its faults counted like any other", () => {
    const proxy = FakeProxy.start(new WriterFactory("logger"));
    FakeHost.properties.isRefusing = true;
    proxy.logEntry();
    proxy.tick();
    expect(FakeHost.metrics.value("logger.default.filter_errors_total.kind.host_call")).toBe(1);
    expect(FakeHost.log.lines[0].includes("the proxy refused a filter state")).toBe(true);
  });

  it("lets everything pass in a filter chain, and is told of nothing there", () => {
    seen.length = 0;
    const proxy = FakeProxy.start(new LoggerFactory("logger"));
    const connection = proxy.connect();
    connection.clientSends("ask");
    connection.serverSends("answer");
    connection.clientCloses();
    expect(connection.serverSaw + connection.clientSaw).toBe("askanswer");
    expect(seen.length).toBe(0);
    expect(FakeHost.log.lines[0].includes("envoy.access_loggers.wasm")).toBe(true);
  });
});
