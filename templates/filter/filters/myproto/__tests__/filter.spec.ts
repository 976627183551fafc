import { FakeHost, FakeProxy } from "heirloom/assembly/testing";
import { MyProtoFactory } from "../factory";

function metric(name: string): i64 {
  return FakeHost.metrics.value("myproto.default." + name);
}

describe("the filter", () => {
  it("counts a conversation and changes nothing", () => {
    const proxy = FakeProxy.start(new MyProtoFactory());
    const connection = proxy.connect();
    connection.serverSends("+OK ready\r\n");
    connection.clientSends("GET a\r\n");
    connection.serverSends("+OK\r\n");
    connection.clientCloses();
    expect(connection.serverSaw).toBe("GET a\r\n");
    expect(connection.clientSaw).toBe("+OK ready\r\n+OK\r\n");
    expect(metric("requests_total.verb.get")).toBe(1);
    expect(metric("replies_total.verb.get.result.ok")).toBe(1);
    expect(metric("replies_unsolicited_total")).toBe(1);
    expect(metric("bytes_total.from.client")).toBe(7);
    expect(metric("sessions_active")).toBe(0);
  });

  it("says what is wrong with a configuration", () => {
    const proxy = FakeProxy.start(new MyProtoFactory(), '{"limits":{"outstanding":0}}');
    expect(proxy.isAccepted).toBe(false);
    expect(FakeHost.log.lines.join("\n").includes("limits.outstanding: ")).toBe(true);
  });
});
