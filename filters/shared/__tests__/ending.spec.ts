import { Peer } from "../../../assembly";
import { FakeHost } from "../../../assembly/testing";
import { byEnd, Ending } from "../ending";
import { From } from "../session/peers";

const ending = new Ending();

function by(peer: Peer = Peer.local): string {
  return byEnd<string>(ending.by(peer), "client", "server", "unreachable", "proxy");
}

describe("Ending", () => {
  beforeEach(() => {
    FakeHost.install();
    ending.begin();
  });

  it("is empty until a byte passes", () => {
    ending.passed(From.client, 0);
    ending.ended(From.client);
    expect(ending.isEmpty).toBe(true);
    ending.passed(From.client, 1);
    expect(ending.isEmpty).toBe(false);
    ending.begin();
    expect(ending.isEmpty).toBe(true);
    ending.passed(From.server, 1);
    expect(ending.isEmpty).toBe(false);
  });

  it("is by the peer that ended first, which the proxy need not be asked", () => {
    ending.ended(From.server);
    ending.ended(From.client);
    expect(by()).toBe("server");
    ending.begin();
    ending.ended(From.client);
    ending.ended(From.server);
    expect(by()).toBe("client");
    expect(by(Peer.remote)).toBe("client");
    expect(FakeHost.properties.reads).toBe(0);
  });

  it("is by the client if the proxy says that the other end closed", () => {
    expect(by(Peer.remote)).toBe("client");
    expect(FakeHost.properties.reads).toBe(0);
  });

  it("is by nobody where the server was never reached", () => {
    ending.passed(From.client, 5);
    expect(by()).toBe("unreachable");
    expect(by(Peer.unknown)).toBe("unreachable");
  });

  it("is by the proxy where there was a connection to the server", () => {
    ending.passed(From.server, 5);
    expect(by()).toBe("proxy");
    ending.begin();
    FakeHost.properties.setText("upstream\0local_address", "192.0.2.1:4711");
    expect(by()).toBe("proxy");
  });

  it("is by the server if the proxy was reset by it", () => {
    ending.passed(From.server, 5);
    FakeHost.properties.setNumber("response\0flags", 0x10);
    expect(by()).toBe("server");
    FakeHost.properties.setNumber("response\0flags", 0x20);
    expect(by()).toBe("proxy");
  });
});
