import { FakeHost, FakeProxy } from "../../../../assembly/testing";
import { conditionalChain } from "../index";

function metric(name: string): i64 {
  return FakeHost.metrics.value("conditional." + name);
}

describe("conditional", () => {
  it("counts commands once somebody has logged in", () => {
    const connection = FakeProxy.start(conditionalChain()).connect();
    connection.clientSends("get this\n");
    connection.serverSends("no: log in first\n");
    connection.clientSends("LOGIN somebody\n");
    connection.serverSends("ok\n");
    connection.clientSends("get this\nput that\n");
    connection.serverSends("ok\nok\n");
    connection.clientSends("quit\n");
    connection.clientCloses();
    expect(metric("commands.commands_total")).toBe(3);
    expect(metric("login.logins_total")).toBe(1);
  });

  it("counts nothing of who is refused, nor of the next connection", () => {
    const proxy = FakeProxy.start(conditionalChain());
    const first = proxy.connect();
    first.clientSends("login somebody\n");
    first.serverSends("ok\n");
    first.clientSends("login again\n");
    first.clientCloses();
    const second = proxy.connect();
    second.serverSends("ok, ready\n");
    second.clientSends("login somebody\n");
    second.serverSends("no\n");
    second.clientSends("get this\n");
    second.clientCloses();
    expect(metric("commands.commands_total")).toBe(1); // the first one's second log-in
    expect(metric("login.logins_total")).toBe(1);
  });
});
