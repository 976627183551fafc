import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { TrivialFactory } from "../index";

describe("trivial", () => {
  it("counts connections and the bytes of each peer", () => {
    const proxy = FakeProxy.start(new TrivialFactory(), '{"stat_prefix":"edge"}');
    const first = proxy.connect();
    first.clientSends("hello\n");
    first.serverSends("hello, world\n");
    proxy.connect().clientSends("x");
    proxy.tick();
    expect(FakeHost.metrics.value("trivial.edge.connections_total")).toBe(2);
    expect(FakeHost.metrics.value("trivial.edge.bytes_total.from.client")).toBe(7);
    expect(FakeHost.metrics.value("trivial.edge.bytes_total.from.server")).toBe(13);
  });

  it("leaves the count of a connection for the access log", () => {
    const proxy = FakeProxy.start(new TrivialFactory());
    const first = proxy.connect();
    first.clientSends("hello\n");
    first.serverSends("hello, world\n");
    first.clientCloses();
    expect(FakeHost.properties.written.get("trivial")).toBe("client=6 server=13");
    // The filter is reused, and begins at 0.
    proxy.connect().clientCloses();
    expect(FakeHost.properties.written.get("trivial")).toBe("client=0 server=0");
  });

  it("neither fetches nor changes bytes", () => {
    const connection = FakeProxy.start(new TrivialFactory()).connect();
    connection.clientSends("hello\n");
    connection.serverSends("world\n");
    expect(connection.serverSaw).toBe("hello\n");
    expect(connection.clientSaw).toBe("world\n");
    expect(FakeHost.buffers.fetches).toBe(0);
  });
});
