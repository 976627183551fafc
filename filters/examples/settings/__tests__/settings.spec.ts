import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { SettingsFactory } from "../index";

const BY_CLIENT = "settings.default.connections_beyond_limit_total.by.client";
const BY_SERVER = "settings.default.connections_beyond_limit_total.by.server";

/** What is logged of a configuration that is refused. */
function refused(configuration: string): string {
  const proxy = FakeProxy.start(new SettingsFactory(), configuration);
  expect(proxy.isAccepted).toBe(false);
  return FakeHost.log.lines.join("\n").replaceAll("heirloom.examples.settings: configuration: ", "");
}

describe("settings", () => {
  it("have defaults", () => {
    expect(FakeProxy.start(new SettingsFactory()).isAccepted).toBe(true);
    expect(FakeProxy.start(new SettingsFactory(), "{}").isAccepted).toBe(true);
  });

  it("are checked one by one, and against each other", () => {
    const errors = refused('{"limit_bytes":{"client":0,"cleint":1,"total":10},"beyond":"closed"}');
    expect(errors).toBe(
      'beyond: expected "count" or "close", found "closed" (byte 60)\n' +
        'limit_bytes: unknown key "cleint"; did you mean "client"? (byte 28)\n' +
        "limit_bytes.client: expected a whole number between 1 and 1099511627776, found 0 (byte 26)\n" +
        "limit_bytes.total: expected no less than client and server, found 10 (byte 47)",
    );
  });

  it("count a connection beyond a limit once, and let it go on", () => {
    const proxy = FakeProxy.start(new SettingsFactory(), '{"limit_bytes":{"client":4,"server":6,"total":8}}');
    const connection = proxy.connect();
    connection.clientSends("1234");
    connection.serverSends("1234");
    proxy.tick();
    expect(FakeHost.metrics.value(BY_CLIENT)).toBe(0);
    connection.clientSends("5");
    connection.serverSends("5678");
    proxy.tick();
    expect(FakeHost.metrics.value(BY_CLIENT)).toBe(1);
    expect(FakeHost.metrics.value(BY_SERVER)).toBe(0);
    expect(connection.isClosed).toBe(false);
    expect(connection.serverSaw).toBe("12345");
  });

  it("close a connection beyond a limit if they say so", () => {
    const configuration = '{"limit_bytes":{"client":4,"server":4,"total":6},"beyond":"close"}';
    const proxy = FakeProxy.start(new SettingsFactory(), configuration);
    const connection = proxy.connect();
    connection.clientSends("1234");
    connection.serverSends("12");
    expect(connection.isClosed).toBe(false);
    connection.serverSends("3");
    expect(connection.isClosed).toBe(true);
    proxy.tick();
    expect(FakeHost.metrics.value(BY_SERVER)).toBe(1);
  });

  it("leave nothing to the next connection", () => {
    const proxy = FakeProxy.start(new SettingsFactory(), '{"limit_bytes":{"client":4}}');
    for (let i = 0; i < 3; i++) {
      const connection = proxy.connect();
      connection.clientSends("12345");
      connection.clientCloses();
    }
    proxy.tick();
    expect(FakeHost.metrics.value(BY_CLIENT)).toBe(3);
  });
});
