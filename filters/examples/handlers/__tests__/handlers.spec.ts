import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { handlersFactory } from "../index";

const OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("handlers", () => {
  it("leaves the digest of each direction for the access log", () => {
    const connection = FakeProxy.start(handlersFactory()).connect();
    connection.clientSends("a");
    connection.clientSends("bc");
    connection.clientCloses();
    expect(FakeHost.properties.written.get("digest")).toBe("client=" + OF_ABC + " server=" + OF_NOTHING);
  });

  it("begins anew with each connection", () => {
    const proxy = FakeProxy.start(handlersFactory());
    const first = proxy.connect();
    first.clientSends("something else");
    first.clientCloses();
    const second = proxy.connect();
    second.serverSends("abc");
    second.clientCloses();
    expect(FakeHost.properties.written.get("digest")).toBe("client=" + OF_NOTHING + " server=" + OF_ABC);
  });
});
