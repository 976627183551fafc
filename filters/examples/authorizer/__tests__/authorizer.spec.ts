import { FakeConnection, FakeHost, FakeProxy } from "../../../../assembly/testing";
import { AuthorizerFactory } from "../index";

function start(configuration: string = "{}"): FakeProxy {
  const proxy = FakeProxy.start(new AuthorizerFactory(), configuration);
  FakeHost.properties.setText("source\0address", "192.0.2.7:4711");
  return proxy;
}

function answer(proxy: FakeProxy, connection: FakeConnection, status: i32): void {
  proxy.answer(1, status);
  connection.settle();
}

/** So many connections had this answer. */
function counted(answer: string): i64 {
  return FakeHost.metrics.value("authorizer.default.answers_total.answer." + answer);
}

describe("authorizer", () => {
  it("asks for the client's address, and lets nothing pass meanwhile", () => {
    const connection = start('{"cluster":"gate","timeout_ms":50}').connect();
    expect(FakeHost.http.requests[0]).toBe("GET gate/authorize");
    expect(FakeHost.http.header(1, "x-source-address")).toBe("192.0.2.7:4711");
    connection.clientSends("hello");
    expect(connection.isConnected).toBe(false);
    expect(connection.serverSaw).toBe("");
  });

  it("lets in who may come: all data, once and in order", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientSends("one ");
    connection.clientSends("two ");
    answer(proxy, connection, 200);
    connection.clientSends("three");
    expect(connection.serverSaw).toBe("one two three");
    expect(FakeHost.properties.written.get("authorizer")).toBe("allow");
    proxy.tick();
    expect(counted("allow")).toBe(1);
  });

  it("closes who may not", () => {
    const proxy = start('{"when_down":"allow"}');
    const connection = proxy.connect();
    connection.clientSends("hello");
    answer(proxy, connection, 403);
    expect(connection.isClosed).toBe(true);
    expect(connection.serverSaw).toBe("");
    expect(counted("deny")).toBe(1);
  });

  it("takes what is neither for no answer", () => {
    const proxy = start();
    const connection = proxy.connect();
    answer(proxy, connection, 404);
    expect(connection.isClosed).toBe(true);
    expect(counted("none")).toBe(1);
    expect(FakeHost.properties.written.get("authorizer")).toBe("none");
  });

  it("does what is configured when there is none", () => {
    const proxy = start('{"when_down":"allow"}');
    const late = proxy.connect();
    proxy.timeOut(1);
    late.settle();
    expect(late.isConnected).toBe(true);
    const broken = proxy.connect();
    proxy.breakOff(2);
    broken.settle();
    expect(broken.isConnected).toBe(true);
    FakeHost.http.isRefusing = true;
    expect(proxy.connect().isConnected).toBe(true);
  });

  it("closes at once when nobody can be asked", () => {
    const proxy = start();
    FakeHost.http.isRefusing = true;
    expect(proxy.connect().isClosed).toBe(true);
  });

  it("can have the server connected meanwhile: only what the client sends waits", () => {
    const proxy = start('{"connect_early":true}');
    const connection = proxy.connect();
    expect(connection.isConnected).toBe(true);
    connection.serverSends("220 ready");
    expect(connection.clientSaw).toBe("220 ready");
    connection.clientSends("hello");
    expect(connection.serverSaw).toBe("");
    answer(proxy, connection, 200);
    expect(connection.serverSaw).toBe("hello");
  });

  it("keeps the client's end of stream", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientEnds("hello");
    answer(proxy, connection, 200);
    expect(connection.serverSaw).toBe("hello");
    expect(connection.serverSawEnd).toBe(true);
  });

  it("counts who does not wait; the answer finds nobody", () => {
    const proxy = start();
    const connection = proxy.connect();
    connection.clientCloses();
    proxy.answer(1, 200);
    expect(FakeHost.metrics.value("authorizer.default.left_total")).toBe(1);
    expect(counted("allow")).toBe(0);
  });

  it("refuses settings that are none", () => {
    expect(start('{"when_down":"maybe"}').isAccepted).toBe(false);
    expect(start('{"timeout_ms":0}').isAccepted).toBe(false);
  });
});
