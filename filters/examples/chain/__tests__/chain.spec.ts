import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { MarkChain, ObserverChain } from "../index";

/** Digest of "hello\n". */
const HELLO = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

describe("chain", () => {
  it("goes a, b, c with the client's bytes and c, b, a with the server's", () => {
    const connection = FakeProxy.start(new MarkChain()).connect();
    connection.clientSends("hello\n");
    connection.serverSends("hello\n");
    // The one that comes last stands in front.
    expect(connection.serverSaw).toBe("c:b:a:hello\n");
    expect(connection.clientSaw).toBe("a:b:c:hello\n");
  });

  it("marks what is said first, once", () => {
    const connection = FakeProxy.start(new MarkChain()).connect();
    connection.clientSends("hel");
    connection.clientSends("lo\n");
    expect(connection.serverSaw).toBe("c:b:a:hello\n");
  });

  it("goes a, b, c when the connection is over", () => {
    FakeProxy.start(new MarkChain()).connect().clientCloses();
    const lines = FakeHost.log.lines.join("\n");
    const a = lines.indexOf("mark: a is done");
    const b = lines.indexOf("mark: b is done");
    const c = lines.indexOf("mark: c is done");
    expect(a >= 0 && a < b && b < c).toBe(true);
  });

  it("has settings and metrics for each link", () => {
    const proxy = FakeProxy.start(new MarkChain(), '{"b":{"stat_prefix":"middle"}}');
    const connection = proxy.connect();
    connection.clientSends("hello\n");
    proxy.tick();
    expect(FakeHost.metrics.value("mark.a.marks_total")).toBe(1);
    expect(FakeHost.metrics.value("mark.middle.marks_total")).toBe(1);
    expect(FakeHost.metrics.value("mark.c.marks_total")).toBe(1);
  });

  it("of observers leaves an entry of each, and fetches a chunk once for all", () => {
    const proxy = FakeProxy.start(new ObserverChain());
    const connection = proxy.connect();
    connection.clientSends("hello\n");
    connection.serverSends("hello\n");
    expect(FakeHost.buffers.fetches).toBe(2);
    FakeHost.clock.advance(1);
    connection.clientCloses();
    const written = FakeHost.properties.written;
    expect(written.get("trivial")).toBe("client=6 server=6");
    expect(written.get("timer")).toBe("1000 us");
    expect(written.get("digest")).toBe("client=" + HELLO + " server=" + HELLO);
    expect(written.get("context")).toBe("request=hello response=hello us=0");
  });
});
