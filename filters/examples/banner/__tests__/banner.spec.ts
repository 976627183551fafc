import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { BannerFactory } from "../index";

const REPLACED = "banner.default.banners_replaced_total";

function proxy(): FakeProxy {
  return FakeProxy.start(new BannerFactory(), '{"banner":"220 mx ready"}');
}

describe("banner", () => {
  it("replaces the first line of the server's and nothing else", () => {
    const started = proxy();
    const connection = started.connect();
    connection.serverSends("220 mx.example ESMTP Postfix 3.7.11 (Debian)\r\n250 more\r\n");
    connection.serverSends("250 ok\r\n");
    started.tick();
    expect(connection.clientSaw).toBe("220 mx ready\r\n250 more\r\n250 ok\r\n");
    expect(FakeHost.metrics.value(REPLACED)).toBe(1);
  });

  it("finds the line in pieces", () => {
    const connection = proxy().connect();
    connection.serverSends("220 mx.exam");
    expect(connection.clientSaw).toBe("");
    connection.serverSends("ple\r");
    connection.serverSends("\n250");
    expect(connection.clientSaw).toBe("220 mx ready\r\n250");
  });

  it("replaces a line that the server does not end", () => {
    const connection = proxy().connect();
    connection.serverSends("554 go a");
    connection.serverEnds("way");
    expect(connection.clientSaw).toBe("220 mx ready\r\n");
    const other = proxy().connect();
    other.serverSends("554 go away");
    other.serverEnds();
    expect(other.clientSaw).toBe("220 mx ready\r\n");
  });

  it("leaves a server alone that says nothing", () => {
    const connection = proxy().connect();
    connection.serverEnds();
    expect(connection.clientSaw).toBe("");
  });

  it("does the same for the next connection, and nothing to the client's bytes", () => {
    const started = proxy();
    for (let i = 0; i < 2; i++) {
      const connection = started.connect();
      connection.serverSends("220 mx.example\r\n");
      connection.clientSends("EHLO client.example\r\n");
      connection.clientCloses();
      expect(connection.clientSaw).toBe("220 mx ready\r\n");
      expect(connection.serverSaw).toBe("EHLO client.example\r\n");
    }
  });

  it("wants one line", () => {
    expect(FakeProxy.start(new BannerFactory(), '{"banner":"220 a\\n220 b"}').isAccepted).toBe(false);
    expect(FakeHost.log.lines.join("\n").includes("banner: expected one line")).toBe(true);
  });
});
