import { FakeConnection, FakeHost, FakeProxy } from "../../../../assembly/testing";
import { FramesFactory } from "../index";

/** A message of a length below 128: higher bytes are not text. */
function frame(kindAndText: string): string {
  return "\0\0\0" + String.fromCharCode(4 + kindAndText.length) + kindAndText;
}

function connect(configuration: string = "{}"): FakeConnection {
  return FakeProxy.start(new FramesFactory(), configuration).connect();
}

function metric(name: string): i64 {
  return FakeHost.metrics.value("frames.default." + name);
}

describe("frames", () => {
  it("counts messages by kind and size", () => {
    const connection = connect();
    connection.clientSends(frame("qwho") + frame("bzzzz"));
    connection.serverSends(frame("aboss0") + frame("aboss1") + frame("?"));
    connection.clientCloses();
    expect(metric("messages_total.from.client.kind.query")).toBe(1);
    expect(metric("messages_total.from.client.kind.blob")).toBe(1);
    expect(metric("messages_total.from.server.kind.answer")).toBe(2);
    expect(metric("messages_total.from.server.kind.other")).toBe(1);
    expect(metric("message_bytes.from.client")).toBe(8 + 9);
    expect(metric("failures_total")).toBe(1);
  });

  it("does not read answers that are too long", () => {
    const connection = connect('{"max_bytes": 16}');
    connection.serverSends(frame("a" + "x".repeat(11)) + frame("a" + "x".repeat(12)));
    connection.clientCloses();
    expect(metric("failures_total")).toBe(1);
    expect(metric("messages_total.from.server.kind.answer")).toBe(2);
  });

  it("passes on and counts what is no message", () => {
    const connection = connect();
    connection.clientSends("\0\0\0\x03qx");
    connection.clientCloses();
    expect(metric("unread_bytes_total.from.client")).toBe(6);
    expect(metric("messages_total.from.client.kind.query")).toBe(0);
    expect(connection.serverSaw).toBe("\0\0\0\x03qx");
  });
});
