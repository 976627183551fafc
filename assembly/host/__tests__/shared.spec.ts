import { Slice } from "../../bytes/slice";
import { bytesOf, FakeHost } from "../../testing";
import { EnvoyState } from "../foreign";
import { Host } from "../host";
import { Shared, SharedChange, SharedData } from "../shared-data";

/** Adds an x, up to a length. */
class Longer extends SharedChange {
  calls: i32 = 0;

  constructor(private readonly most: i32) {
    super();
  }

  next(present: Slice | null): Slice | null {
    this.calls++;
    const length = present === null ? 0 : present.length;
    return length >= this.most ? null : bytesOf("x".repeat(length + 1));
  }
}

describe("SharedData", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("tells an absent value from an empty one", () => {
    const found = new Slice();
    expect(Host.sharedData.read("k", found)).toBe(Shared.absent);
    expect(Host.sharedData.write("k", bytesOf(""), 0)).toBe(Shared.ok);
    expect(Host.sharedData.read("k", found)).toBe(Shared.ok);
    expect(found.length).toBe(0);
  });

  it("does not overwrite what another worker has written since", () => {
    const found = new Slice();
    Host.sharedData.write("k", bytesOf("a"), 0);
    Host.sharedData.read("k", found);
    const version = Host.sharedData.version;
    Host.sharedData.write("k", bytesOf("b"), 0);
    expect(Host.sharedData.write("k", bytesOf("c"), version)).toBe(Shared.changed);
    expect(FakeHost.sharedData.text("k")).toBe("b");
  });

  it("is changed again when another worker was faster, but not for ever", () => {
    const longer = new Longer(10);
    expect(SharedData.update("k", longer)).toBe(Shared.ok);
    FakeHost.sharedData.rivals = 3;
    expect(SharedData.update("k", longer)).toBe(Shared.ok);
    expect(longer.calls).toBe(5);
    expect(FakeHost.sharedData.text("k")).toBe("xx");
    FakeHost.sharedData.rivals = 1_000;
    expect(SharedData.update("k", longer)).toBe(Shared.changed);
    expect(longer.calls).toBe(21);
  });

  it("stays when nothing is to change, and when the proxy refuses", () => {
    SharedData.update("k", new Longer(1));
    expect(SharedData.update("k", new Longer(1))).toBe(Shared.ok);
    expect(FakeHost.sharedData.versions.get("k")).toBe(1);
    FakeHost.sharedData.isRefusing = true;
    expect(SharedData.update("k", new Longer(9))).toBe(Shared.refused);
  });
});

describe("SharedQueue", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("gives back in order what was put in, to whoever finds it", () => {
    const taken = new Slice();
    const queue = Host.sharedQueue.register("events");
    expect(Host.sharedQueue.resolve("", "events")).toBe(queue);
    expect(Host.sharedQueue.resolve("other", "events")).toBe(0);
    expect(Host.sharedQueue.enqueue(queue, bytesOf("one"))).toBe(true);
    expect(Host.sharedQueue.enqueue(queue, bytesOf("two"))).toBe(true);
    expect(Host.sharedQueue.dequeue(queue, taken)).toBe(true);
    expect(taken.equals("one")).toBe(true);
    expect(Host.sharedQueue.dequeue(queue, taken)).toBe(true);
    expect(Host.sharedQueue.dequeue(queue, taken)).toBe(false);
    expect(Host.sharedQueue.enqueue(99, bytesOf("x"))).toBe(false);
  });
});

describe("EnvoyState", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("picks the cluster through Envoy's own filter state", () => {
    expect(EnvoyState.setCluster("blue")).toBe(true);
    expect(FakeHost.foreign.names[0]).toBe("set_envoy_filter_state");
    expect(FakeHost.foreign.arguments[0]).toBe("\n\x17envoy.tcp_proxy.cluster\x12\x04blue");
  });

  it("refuses what does not fit, and says when Envoy does", () => {
    expect(EnvoyState.setCluster("x".repeat(128))).toBe(false);
    expect(FakeHost.foreign.names.length).toBe(0);
    FakeHost.foreign.isRefusing = true;
    expect(EnvoyState.setCluster("blue")).toBe(false);
  });
});
