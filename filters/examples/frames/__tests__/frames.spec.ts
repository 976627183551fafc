import { FakeConnection, FakeHost, FakeProxy } from "../../../../assembly/testing";
import { FramesFactory } from "../index";

/** A message of a body below 128 bytes: higher ones are not text. */
function frame(kind: string, body: string): string {
  return kind + String.fromCharCode(body.length) + body;
}

function connect(): FakeConnection {
  return FakeProxy.start(new FramesFactory()).connect();
}

function metric(name: string): i64 {
  return FakeHost.metrics.value("frames.default." + name);
}

describe("frames", () => {
  it("counts messages by kind and size", () => {
    const connection = connect();
    connection.clientSends(frame("q", "who") + frame("b", "zzzz"));
    connection.serverSends(frame("a", "ok") + frame("a", "no") + frame("?", ""));
    connection.clientCloses();
    expect(metric("messages_total.from.client.kind.query")).toBe(1);
    expect(metric("messages_total.from.client.kind.other")).toBe(1);
    expect(metric("messages_total.from.server.kind.answer")).toBe(2);
    expect(metric("messages_total.from.server.kind.other")).toBe(1);
    expect(metric("message_bytes.from.client")).toBe(5 + 6);
    expect(metric("failures_total")).toBe(1);
  });

  it("passes on and counts what is no message", () => {
    const connection = connect();
    // Each é is two bytes above 0x7f: a length that goes on.
    connection.clientSends("qééx");
    connection.clientCloses();
    expect(metric("unread_bytes_total.from.client")).toBe(6);
    expect(metric("messages_total.from.client.kind.query")).toBe(0);
    expect(connection.serverSaw).toBe("qééx");
  });
});
