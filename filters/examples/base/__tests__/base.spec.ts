import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { BaseFactory } from "../index";

describe("base", () => {
  it("lets everything pass as it came", () => {
    const connection = FakeProxy.start(new BaseFactory()).connect();
    connection.clientSends("hello\n");
    connection.serverSends("world\n");
    connection.clientEnds();
    connection.serverEnds();
    connection.proxyCloses();
    expect(connection.serverSaw).toBe("hello\n");
    expect(connection.clientSaw).toBe("world\n");
    expect(connection.serverSawEnd).toBe(true);
  });

  it("fetches no bytes", () => {
    const connection = FakeProxy.start(new BaseFactory()).connect();
    connection.clientSends("hello\n");
    connection.serverSends("world\n");
    expect(FakeHost.buffers.fetches).toBe(0);
  });

  it("has no settings", () => {
    expect(FakeProxy.start(new BaseFactory(), '{"colour":"red"}').isAccepted).toBe(false);
  });
});
