import { Slice } from "heirloom/assembly";
import { bytesOf } from "heirloom/assembly/testing";
import { From, MyProtoObserver, OPAQUE_CAUSES, OpaqueCause } from "../session/observer";
import { MyProtoSession } from "../session/session";
import { RESULTS, Result } from "../wire/replies";
import { VERBS, Verb } from "../wire/verbs";

/** Writes down what a session reports. */
class Recorder extends MyProtoObserver {
  private text: string = "";

  /** What was reported since the last call. */
  events(): string {
    const events = this.text;
    this.text = "";
    return events;
  }

  sessionEnded(): void {
    this.note("end");
  }

  becameOpaque(cause: OpaqueCause): void {
    this.note("opaque " + OPAQUE_CAUSES[cause]);
  }

  requestSent(verb: Verb): void {
    this.note(VERBS[verb]);
  }

  requestAnswered(verb: Verb, result: Result, duration: u64): void {
    this.note(VERBS[verb] + " " + RESULTS[result] + " " + duration.toString());
  }

  requestUnanswered(verb: Verb): void {
    this.note(VERBS[verb] + " unanswered");
  }

  replyUnsolicited(): void {
    this.note("greeting");
  }

  private note(event: string): void {
    this.text += this.text.length > 0 ? "; " + event : event;
  }
}

const recorder = new Recorder();
const session = new MyProtoSession(recorder, 2);
const input = new Slice();

function client(text: string, now: u64 = 0): string {
  session.read(From.client, input.copyOf(bytesOf(text)), now);
  return recorder.events();
}

function server(text: string, now: u64 = 0): string {
  session.read(From.server, input.copyOf(bytesOf(text)), now);
  return recorder.events();
}

function ending(): string {
  session.end();
  return recorder.events();
}

describe("a session", () => {
  beforeEach(() => {
    session.end();
    session.begin();
    recorder.events();
  });

  it("pairs replies with requests, in their order", () => {
    expect(server("+OK ready\r\n")).toBe("greeting");
    expect(client("GET a\r\nput b\r\n", 100)).toBe("get; put");
    expect(server("+OK\r\n", 150)).toBe("get ok 50");
    expect(server("-ERR no\r\n", 180)).toBe("put error 80");
    expect(ending()).toBe("end");
  });

  it("reads lines that come in any pieces", () => {
    expect(client("g")).toBe("");
    expect(client("et a\r")).toBe("");
    expect(client("\nquit\n")).toBe("get; quit");
    expect(server("+o")).toBe("");
    expect(server("k\r\n")).toBe("get ok 0");
  });

  it("knows no word that is none of its own, however long", () => {
    expect(client("getting a\r\n")).toBe("other");
    expect(client("quitquitquit\r\n")).toBe("other");
    expect(server("what?\r\n")).toBe("other other 0");
  });

  it("ends every request once", () => {
    expect(client("get a\r\n")).toBe("get");
    expect(ending()).toBe("get unanswered; end");
    expect(ending()).toBe("");
  });

  it("stops reading TLS", () => {
    expect(client("\x16\x03\x01get a\r\n")).toBe("opaque tls");
    expect(session.reads).toBe(false);
    expect(client("get a\r\n")).toBe("");
  });

  it("stops reading where more is outstanding than it may remember", () => {
    expect(client("get a\r\nget b\r\n")).toBe("get; get");
    expect(client("put c\r\n")).toBe("put; opaque limit; get unanswered; get unanswered; put unanswered");
    expect(ending()).toBe("end");
  });

  it("stops reading where bytes are lost", () => {
    session.lose();
    expect(recorder.events()).toBe("opaque desync");
  });
});
