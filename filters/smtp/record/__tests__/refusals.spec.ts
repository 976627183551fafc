import { ReplyClass } from "../../wire/replies";
import { Verb } from "../../wire/verbs";
import { Refusals } from "../refusals";

const OTHERWISE: i32 = 250;

const refusals = new Refusals();

function refuse(verb: Verb, code: i32, isSent: bool = false): void {
  refusals.answered(verb, code < 500 ? ReplyClass.transient : ReplyClass.permanent, code, isSent);
}

function deciding(hasRecipients: bool = true): i32 {
  return refusals.deciding(hasRecipients, OTHERWISE);
}

describe("the refusal that decided", () => {
  beforeEach(() => {
    refusals.clear();
  });

  it("is none at first, and none of a command that moves no mail", () => {
    refuse(Verb.noop, 500);
    refusals.answered(Verb.rcpt, ReplyClass.success, 250, false);
    refusals.answered(Verb.eod, ReplyClass.success, 250, true);
    expect(deciding(false)).toBe(OTHERWISE);
  });

  it("is that of a recipient only where none was accepted, a temporary one first", () => {
    refuse(Verb.rcpt, 550);
    refuse(Verb.rcpt, 451);
    refuse(Verb.rcpt, 552);
    refuse(Verb.data, 554);
    expect(deciding(false)).toBe(451);
    expect(deciding(true)).toBe(554);
  });

  it("is void where the content was accepted later", () => {
    refuse(Verb.data, 451);
    refuse(Verb.bdat, 552);
    expect(deciding()).toBe(451);
    refusals.answered(Verb.data, ReplyClass.intermediate, 354, false);
    expect(deciding()).toBe(OTHERWISE);
    refuse(Verb.burl, 554);
    refusals.answered(Verb.bdat, ReplyClass.success, 250, false);
    expect(deciding()).toBe(OTHERWISE);
  });

  it("is that of the end of data above all", () => {
    refusals.unasked(452);
    refuse(Verb.data, 451);
    refusals.undelivered(450);
    refusals.undelivered(550);
    expect(deciding()).toBe(450);
    refuse(Verb.bdat, 554, true);
    expect(deciding()).toBe(554);
    refuse(Verb.eod, 550);
    expect(deciding()).toBe(550);
  });

  it("is one that nobody asked for, but for 421", () => {
    refuse(Verb.data, 554);
    refusals.unasked(421);
    refusals.unasked(250);
    expect(deciding()).toBe(554);
    refusals.unasked(550);
    refusals.unasked(452);
    refusals.unasked(551);
    expect(deciding()).toBe(452);
  });
});
