import { Around } from "../../../shared/__tests__/support";
import { bytes, Recorder } from "../../__tests__/support";
import { Reply } from "../../wire/replies";
import { carriesStatus, checkReply } from "../replychecks";
import { Reporter } from "../reporter";

const recorder = new Recorder();
const reporter = new Reporter(recorder, new Around());
let reply = new Reply();

/** Anomalies of a reply whose lines are joined by "|". */
function check(lines: string, isPlain: bool = false): string {
  reply = new Reply();
  const all = lines.split("|");
  for (let i = 0; i < all.length; i++) reply.add(bytes(all[i]));
  reporter.begin();
  checkReply(reply, isPlain, reporter);
  return recorder.events();
}

describe("checkReply", () => {
  it("finds nothing in ordinary replies", () => {
    expect(check("250 ok")).toBe("");
    expect(check("200 lowest")).toBe("");
    expect(check("599 highest")).toBe("");
    expect(check("250 2.1.0 ok")).toBe("");
    expect(check("250-a|250 b")).toBe("");
  });

  it("finds codes out of range", () => {
    expect(check("199 x")).toBe("anomaly reply_code_invalid");
    expect(check("600 x")).toBe("anomaly reply_code_invalid");
    expect(check("000 x")).toBe("anomaly reply_code_invalid");
    expect(check("999 x")).toBe("anomaly reply_code_invalid");
  });

  it("finds mixed codes", () => {
    expect(check("250-a|550 b")).toBe("anomaly reply_code_mixed");
  });

  it("finds replies of more than 128 lines", () => {
    expect(check("250-x|".repeat(127) + "250 x")).toBe("");
    expect(check("250-x|".repeat(128) + "250 x")).toBe("anomaly multiline_reply_too_long");
  });

  it("finds a status of another class, except in greetings and answers to hellos", () => {
    expect(check("250 5.1.1 ok")).toBe("anomaly enhanced_class_mismatch");
    expect(check("550 2.1.1 no")).toBe("anomaly enhanced_class_mismatch");
    expect(check("250 5.1.1 ok", true)).toBe("");
    expect(check("354 2.0.0 go")).toBe("");
    expect(check("550 no 2.1.1")).toBe("");
  });
});

describe("carriesStatus", () => {
  it("is so with a status in a 2xx, 4xx or 5xx", () => {
    check("250 2.0.0 ok");
    expect(carriesStatus(reply)).toBe(true);
    check("450 4.0.0 ok");
    expect(carriesStatus(reply)).toBe(true);
    check("550 2.0.0 ok");
    expect(carriesStatus(reply)).toBe(true);
    check("354 2.0.0 go");
    expect(carriesStatus(reply)).toBe(false);
    check("650 5.0.0 x");
    expect(carriesStatus(reply)).toBe(false);
    check("250 ok");
    expect(carriesStatus(reply)).toBe(false);
  });
});
