import { FakeConnection, FakeHost, FakeProxy } from "../../../../assembly/testing";
import { SharedDataFactory } from "../index";

const TWO: string = '{"connections":2}';

function start(configuration: string = TWO): FakeProxy {
  return FakeProxy.start(new SharedDataFactory(), configuration);
}

function connect(proxy: FakeProxy, address: string): FakeConnection {
  FakeHost.properties.setText("source\0address", address);
  return proxy.connect();
}

function counted(outcome: string): i64 {
  return FakeHost.metrics.value("shared_data.default.connections_total.outcome." + outcome);
}

/** All counts together. */
function sum(keys: i32): i64 {
  let total: i64 = 0;
  for (let i = 0; i < keys; i++) total += FakeHost.sharedData.number("connections." + i.toString());
  return total;
}

describe("shared data", () => {
  it("lets in as many connections of an address as may be, and one more when one has gone", () => {
    const proxy = start();
    const first = connect(proxy, "192.0.2.1:1000");
    expect(connect(proxy, "192.0.2.1:1001").isClosed).toBe(false);
    expect(connect(proxy, "192.0.2.1:1002").isClosed).toBe(true);
    first.clientCloses();
    expect(connect(proxy, "192.0.2.1:1003").isClosed).toBe(false);
    proxy.tick();
    expect(counted("accepted")).toBe(3);
    expect(counted("refused")).toBe(1);
  });

  it("counts each address for itself", () => {
    const proxy = start('{"connections":1}');
    connect(proxy, "192.0.2.1:1000");
    expect(connect(proxy, "192.0.2.2:1000").isClosed).toBe(false);
    expect(connect(proxy, "[2001:db8::1]:1000").isClosed).toBe(false);
    expect(connect(proxy, "[2001:db8::1]:1001").isClosed).toBe(true);
  });

  it("counts what other workers let in", () => {
    const proxy = start();
    connect(proxy, "192.0.2.1:1000");
    FakeHost.sharedData.rivals = 15; // others are faster fifteen times
    connect(proxy, "192.0.2.1:1001");
    expect(sum(1024)).toBe(2);
  });

  it("makes all keys at once, and no other one ever", () => {
    const proxy = start('{"keys":8}');
    expect(FakeHost.sharedData.values.size).toBe(8);
    for (let i = 0; i < 100; i++) connect(proxy, "192.0.2." + i.toString() + ":1000");
    expect(FakeHost.sharedData.values.size).toBe(8);
  });

  it("keeps the counts that are there when it is configured again", () => {
    const first = start();
    connect(first, "192.0.2.1:1000");
    const again = first.another(TWO);
    connect(again, "192.0.2.1:1001");
    expect(sum(1024)).toBe(2);
    expect(connect(again, "192.0.2.1:1002").isClosed).toBe(true);
  });

  it("is back at 0 when all have gone", () => {
    const proxy = start('{"keys":3}');
    const open: FakeConnection[] = [];
    for (let i = 0; i < 20; i++) open.push(connect(proxy, "192.0.2." + (i % 7).toString() + ":1000"));
    for (let i = 0; i < 20; i++) if (!open[i].isClosed) open[i].clientCloses();
    expect(sum(3)).toBe(0);
  });

  it("lets in whom it could not count, and never takes them off", () => {
    const proxy = start('{"keys":1}');
    FakeHost.sharedData.rivals = 1000;
    const connection = connect(proxy, "192.0.2.1:1000");
    FakeHost.sharedData.rivals = 0;
    connection.clientCloses();
    expect(sum(1)).toBe(0);
    expect(counted("uncounted")).toBe(1);
  });

  it("refuses settings out of range", () => {
    expect(start('{"connections":0}').isAccepted).toBe(false);
    expect(start('{"keys":4097}').isAccepted).toBe(false);
  });
});
