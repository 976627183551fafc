import { FakeConnection, FakeHost, FakeProxy } from "../../../../assembly/testing";
import { RouterFactory } from "../index";

const CLUSTERS: string = '{"clusters":{"tls":"secure","ssh":"shell","http":"web"}}';

function connect(): FakeConnection {
  return FakeProxy.start(new RouterFactory(), CLUSTERS).connect();
}

/** Where a client that begins with `text` is sent to. */
function clusterOf(text: string): string {
  const connection = connect();
  connection.clientSends(text);
  return connection.isConnected ? connection.cluster : "(held)";
}

describe("router", () => {
  it("chooses by the first bytes", () => {
    expect(clusterOf("\x16\x03\x01\x02\x00")).toBe("secure");
    expect(clusterOf("SSH-2.0-client\r\n")).toBe("shell");
    expect(clusterOf("GET / HTTP/1.1\r\n")).toBe("web");
    expect(clusterOf("OPTIONS * HTTP/1.1\r\n")).toBe("web");
    expect(clusterOf("EHLO client.example\r\n")).toBe("");
  });

  it("holds what can still become one or the other", () => {
    expect(clusterOf("P")).toBe("(held)");
    expect(clusterOf("SSH")).toBe("(held)");
    expect(clusterOf("PO!")).toBe("");
  });

  it("sees them however they come, and passes them on once and in order", () => {
    const connection = connect();
    connection.clientSends("S");
    connection.clientSends("SH");
    expect(connection.isConnected).toBe(false);
    connection.clientSends("-2.0");
    connection.clientSends("-more");
    expect(connection.cluster).toBe("shell");
    expect(connection.serverSaw).toBe("SSH-2.0-more");
  });

  it("takes what ends too early for something else", () => {
    const connection = connect();
    connection.clientEnds("SS");
    expect(connection.cluster).toBe("");
    expect(connection.serverSaw).toBe("SS");
    expect(connection.serverSawEnd).toBe(true);
  });

  it("closes who ends without a word", () => {
    const connection = connect();
    connection.clientEnds();
    expect(connection.isClosed).toBe(true);
    expect(connection.isConnected).toBe(false);
    expect(FakeHost.metrics.value("router.default.connections_total.protocol.other")).toBe(0);
  });

  it("connects nothing for a client that says nothing", () => {
    const connection = connect();
    connection.clientCloses();
    expect(connection.isConnected).toBe(false);
  });

  it("counts by protocol, and forgets the connection before", () => {
    const proxy = FakeProxy.start(new RouterFactory(), CLUSTERS);
    const first = proxy.connect();
    first.clientSends("SSH-");
    first.clientCloses();
    const second = proxy.connect();
    second.clientSends("HEAD");
    expect(second.cluster).toBe("web");
    proxy.tick();
    expect(FakeHost.metrics.value("router.default.connections_total.protocol.ssh")).toBe(1);
    expect(FakeHost.metrics.value("router.default.connections_total.protocol.http")).toBe(1);
  });

  it("goes to tcp_proxy's own cluster when Envoy refuses the other", () => {
    const connection = connect();
    FakeHost.foreign.isRefusing = true;
    connection.clientSends("SSH-");
    expect(connection.isConnected).toBe(true);
    expect(connection.cluster).toBe("");
  });
});
