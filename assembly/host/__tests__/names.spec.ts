import { bytesOf, FakeHost } from "../../testing";
import { EnvoyForeign, EnvoyState } from "../foreign";
import { EnvoyHttp, HttpRequest } from "../http";
import { EnvoySharedData, Shared } from "../shared-data";
import { EnvoySharedQueue } from "../shared-queue";

// Whatever reaches the proxy's own functions fails a spec: none of these may.

/** What is cut off at 256 bytes is the name of something else. */
const LONG = "k".repeat(257);

describe("a name that is too long", () => {
  beforeEach(() => {
    FakeHost.install();
  });

  it("is refused as a key of shared data", () => {
    const data = new EnvoySharedData();
    const found = bytesOf("old");
    data.version = 7;
    expect(data.read(LONG, found)).toBe(Shared.refused);
    expect(found.isEmpty).toBe(true);
    expect(data.version).toBe(0);
    expect(data.write(LONG, bytesOf("x"), 0)).toBe(Shared.refused);
  });

  it("is refused as the name of a queue, and of a VM", () => {
    const queues = new EnvoySharedQueue();
    expect(queues.register(LONG)).toBe(0);
    expect(queues.resolve("", LONG)).toBe(0);
    expect(queues.resolve(LONG, "q")).toBe(0);
  });

  it("is refused as the name of a cluster, and of a header", () => {
    const found = bytesOf("old");
    const http = new EnvoyHttp();
    expect(http.send(new HttpRequest(LONG))).toBe(0);
    expect(http.readHeader(LONG, found)).toBe(false);
    expect(found.isEmpty).toBe(true);
  });

  it("is refused as the name of a foreign function", () => {
    expect(new EnvoyForeign().call("f".repeat(129), bytesOf(""))).toBe(false);
  });

  it("is refused as the cluster of a connection, also where it is cut between two characters", () => {
    expect(EnvoyState.setCluster("c".repeat(128))).toBe(false);
    expect(EnvoyState.setCluster("c".repeat(127) + "é")).toBe(false);
    expect(FakeHost.foreign.names.length).toBe(0);
    expect(EnvoyState.setCluster("c".repeat(127))).toBe(true);
  });
});
