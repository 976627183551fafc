import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Slice } from "../../../../assembly/bytes/slice";
import { Around, characters } from "../../../shared/__tests__/support";
import { bytes, LIMBO_BYTES, LINE_BYTES, PIPELINE, Recorder } from "../../__tests__/support";
import { Verb } from "../../wire/verbs";
import { AbortCause } from "../observer";
import { Incoming } from "../incoming";
import { SessionSettings } from "../settings";
import { SessionState } from "../state";

const recorder = new Recorder();
let around = new Around();
let settings = new SessionSettings(LINE_BYTES, PIPELINE, LIMBO_BYTES);
let state = new SessionState(recorder, around, settings);
let incoming = new Incoming(state, settings);

/** Reads until the end of data; returns what is left, or "more". */
function read(said: string): string {
  const input = bytes(said);
  while (!input.isEmpty) if (incoming.read(input)) return `[${characters(input)}]`;
  return "more";
}

/** The server takes the first candidate for the end; returns what followed it. */
function endAtCandidate(): string {
  const tail = incoming.endAtCandidate();
  if (tail === null) return "-";
  const kept = characters(Slice.of(tail.pointer, tail.length));
  settings.limbos.give(tail);
  return `[${kept}]`;
}

/** What the conversation was told of the end of data: octets, and on the wire. */
function size(): string {
  let last = state.conversation.expectations.head;
  while (last !== null) {
    if (last.verb == Verb.eod) return `${last.size}/${last.wireSize}`;
    last = last.next;
  }
  return "-";
}

/** When the last command was sent. */
function sentAt(): u64 {
  let time: u64 = 0;
  let owed = state.conversation.expectations.head;
  while (owed !== null) {
    time = owed.sentAt;
    owed = owed.next;
  }
  return time;
}

describe("Incoming", () => {
  beforeEach(() => {
    recorder.clear();
    around = new Around();
    settings = new SessionSettings(LINE_BYTES, PIPELINE, LIMBO_BYTES);
    state = new SessionState(recorder, around, settings);
    state.begin();
    incoming = new Incoming(state, settings);
    incoming.begin(false);
    recorder.events();
  });

  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
    incoming.release();
    state.conversation.abandon(AbortCause.opaque, 0);
  });

  it("reads to the end of data, and times it from the go-ahead", () => {
    expect(read("Subject: x\r\n")).toBe("more");
    around.time += 5;
    expect(read("\r\n..x\r\n.\r\nQUIT\r\n")).toBe("[QUIT\r\n]");
    expect(size()).toBe("18/22");
    expect(recorder.events("data-time sent anomaly")).toBe("data-time 5; sent eod");
  });

  it("takes no time where nobody wants it", () => {
    recorder.timesCommands = false;
    incoming.begin(false);
    read(".\r\n");
    recorder.timesCommands = true;
    expect(recorder.events("data-time sent")).toBe("sent eod");
  });

  it("reports what the body held, once per kind", () => {
    read("a\nb\nc\0\0d\re\rf\n.\r\nRSET\r\n\n.\n.\r\nx\r\n.\r\n");
    expect(recorder.events("anomaly")).toBe(
      "anomaly bare_lf_body; anomaly bare_cr; anomaly nul; anomaly eod_ambiguous; anomaly smuggling_suspected",
    );
    incoming.begin(false);
    read(".\r\n");
    expect(recorder.events("anomaly")).toBe("");
  });

  it("reports data sent before the go-ahead", () => {
    incoming.begin(true);
    read(".\r\n");
    expect(recorder.events("anomaly data-time")).toBe("data-time 0; anomaly data_before_354");
  });

  it("reads assumed data, timed from its confirmation on", () => {
    incoming.assume();
    expect(read("x\r\n")).toBe("more");
    incoming.confirm();
    around.time += 7;
    expect(read(".\r\n")).toBe("[]");
    expect(recorder.events("anomaly data-time")).toBe("data-time 7; anomaly data_before_354");
    incoming.assume();
    read(".\r\n");
    expect(recorder.events("anomaly data-time")).toBe("anomaly data_before_354");
  });

  it("keeps what follows the first candidate, for the server may end the message there", () => {
    expect(incoming.hasCandidate).toBe(false);
    expect(read("x\n.\nRSET\r\n.\nNO")).toBe("more");
    expect(read("OP\r\n")).toBe("more");
    expect(incoming.hasCandidate).toBe(true);
    expect(endAtCandidate()).toBe("[RSET\r\n.\nNOOP\r\n]");
    expect(size()).toBe("2/4");
    expect(recorder.events("anomaly")).toBe(
      "anomaly eod_noncanonical_accepted; anomaly bare_lf_body; anomaly eod_ambiguous; anomaly smuggling_suspected",
    );
    expect(settings.limbos.taken).toBe(0);
  });

  it("times a message that ended at a candidate up to there, but from the go-ahead on", () => {
    around.time += 5;
    read("x\n.\n");
    around.time += 7;
    read("\n.\n");
    endAtCandidate();
    expect(sentAt()).toBe(around.time - 7);
    incoming.assume();
    read("x\n.\n");
    around.time += 7;
    incoming.confirm();
    around.time += 2;
    endAtCandidate();
    expect(sentAt()).toBe(around.time - 2);
    expect(recorder.events("data-time")).toBe("data-time 5; data-time 0");
  });

  it("reports of a message that ended at a candidate nothing that came later", () => {
    expect(read("x\r\n.\ny\0z\r\n")).toBe("more");
    expect(endAtCandidate()).toBe("[y\0z\r\n]");
    expect(recorder.events("anomaly")).toBe(
      "anomaly eod_noncanonical_accepted; anomaly bare_lf_body; anomaly eod_ambiguous",
    );
  });

  it("has nothing behind a candidate that nothing follows", () => {
    read("x\n.\r\n");
    expect(endAtCandidate()).toBe("-");
    expect(state.isStepLost).toBe(false);
  });

  it("forgets what it kept when the canonical end comes", () => {
    read("x\n.\nRSET\r\n");
    expect(settings.limbos.taken).toBe(1);
    expect(read(".\r\nQUIT")).toBe("[QUIT]");
    expect(settings.limbos.taken).toBe(0);
    expect(size()).toBe("9/13");
  });

  it("loses step when more follows a candidate than can be kept", () => {
    read("x\n.\n");
    read("y".repeat(LIMBO_BYTES));
    expect(recorder.events("cap")).toBe("");
    read("yz");
    read("z");
    expect(recorder.events("cap")).toBe("");
    expect(settings.limbos.taken).toBe(0);
    expect(endAtCandidate()).toBe("-");
    expect(recorder.events("cap")).toBe("cap limbo");
    expect(state.isStepLost).toBe(true);
  });

  it("loses step without memory to keep it", () => {
    read("x\n.\n");
    Budget.limit = Budget.used;
    read("RSET\r\n");
    expect(endAtCandidate()).toBe("-");
    expect(recorder.events("cap")).toBe("cap memory");
    expect(state.isStepLost).toBe(true);
  });

  it("gives its buffer back when the session ends", () => {
    read("x\n.\nRSET\r\n");
    incoming.release();
    expect(settings.limbos.taken).toBe(0);
  });

  it("makes the session opaque when one more reply would be too many", () => {
    while (!state.conversation.isFull) state.conversation.sent(Verb.noop, 0);
    recorder.events();
    read("x\r\n.\r\n");
    expect(recorder.events("anomaly cap opaque sent")).toBe(
      "anomaly fifo_overflow; cap pipeline; opaque limit",
    );
  });

  it("makes the session opaque without memory for the end of data", () => {
    settings = new SessionSettings(LINE_BYTES, 1_000_000, LIMBO_BYTES);
    state = new SessionState(recorder, around, settings);
    state.begin();
    incoming = new Incoming(state, settings);
    recorder.events();
    Budget.limit = 0;
    while (!state.isOpaque) {
      incoming.begin(false);
      read(".\r\n");
    }
    expect(recorder.events("anomaly cap opaque")).toBe("cap memory; opaque limit");
  });
});
