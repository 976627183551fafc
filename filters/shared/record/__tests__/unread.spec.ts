import { FakeHost } from "../../../../assembly/testing";
import { From } from "../../session/peers";
import { UnreadFrame } from "../unread";

const KEY: string = "heirloom.test";

/** The record of a connection that ends now. */
function record(frame: UnreadFrame): string {
  const text = frame.open("desync");
  frame.writeBytes(text);
  frame.publish(text, KEY);
  return FakeHost.properties.written.get(KEY);
}

describe("The frame of what is not read", () => {
  it("has what the proxy knows of the connection that ends, whatever others did", () => {
    FakeHost.install();
    const frame = new UnreadFrame();
    frame.begin();
    frame.passed(From.client, 5);
    frame.passed(From.server, 7);
    FakeHost.properties.setNumber("request\0time", FakeHost.clock.wallTime);
    FakeHost.properties.setNumber("request\0size", 30);
    FakeHost.properties.setNumber("response\0size", 40);
    FakeHost.clock.advance(3);
    frame.begin();
    expect(record(frame)).toBe('{"duration_us":3000,"end":"desync","bytes":{"client":30,"server":40}}');
  });

  it("has zeros where the proxy knows nothing, or its calendar was set back", () => {
    FakeHost.install();
    const frame = new UnreadFrame();
    const nothing = '{"duration_us":0,"end":"desync","bytes":{"client":0,"server":0}}';
    expect(record(frame)).toBe(nothing);
    FakeHost.properties.setNumber("request\0time", FakeHost.clock.wallTime + 1);
    expect(record(frame)).toBe(nothing);
  });
});
