import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { ContextFactory } from "../index";

function entry(): string {
  return FakeHost.properties.written.get("context");
}

describe("context", () => {
  it("keeps two connections apart that talk at the same time", () => {
    const proxy = FakeProxy.start(new ContextFactory());
    const first = proxy.connect();
    const second = proxy.connect();
    first.clientSends("fir");
    second.clientSends("second?\n");
    first.clientSends("st?\n");
    FakeHost.clock.advance(2);
    second.serverSends("second!\n");
    FakeHost.clock.advance(3);
    first.serverSends("first!\nmore\n");
    first.clientCloses();
    expect(entry()).toBe("request=first? response=first! us=5000");
    second.clientCloses();
    expect(entry()).toBe("request=second? response=second! us=2000");
    expect(FakeHost.metrics.value("context.default.requests_total")).toBe(2);
    expect(FakeHost.metrics.value("context.default.responses_total")).toBe(2);
    expect(FakeHost.metrics.value("context.default.response_duration_us")).toBe(7000);
  });

  it("takes only what comes behind the request for its response", () => {
    const connection = FakeProxy.start(new ContextFactory()).connect();
    connection.serverSends("220 ready\r\n");
    connection.clientSends("HELO x\r\nQUIT\r\n");
    connection.serverSends("250 mx\r\n");
    connection.clientCloses();
    expect(entry()).toBe("request=HELO x response=250 mx us=0");
  });

  it("leaves nothing of a connection to the next", () => {
    const proxy = FakeProxy.start(new ContextFactory());
    const first = proxy.connect();
    first.clientSends("ask\n");
    FakeHost.clock.advance(1);
    first.serverSends("tell\n");
    first.clientCloses();
    proxy.connect().clientCloses();
    expect(entry()).toBe("request= response= us=0");
  });

  it("keeps 64 printable characters of a line", () => {
    const connection = FakeProxy.start(new ContextFactory()).connect();
    connection.clientSends("\x1b[31m" + "x".repeat(100) + "\n");
    connection.clientCloses();
    expect(entry()).toBe("request=[31m" + "x".repeat(60) + " response= us=0");
  });
});
