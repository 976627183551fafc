import { OUTCOMES, STAGES } from "../../labels";
import { CLASSES, ReplyClass } from "../../wire/replies";
import { Outcome } from "../observer";
import { refusalClass, Transaction } from "../transaction";

let mail = new Transaction();

/** The verdict last asked for. */
function verdict(): string {
  if (mail.outcome != Outcome.rejected) return OUTCOMES[mail.outcome];
  return `rejected ${STAGES[mail.stage]} ${CLASSES[mail.refusal]}`;
}

/** Ended before its end of data was sent. */
function early(recipientsOwed: bool = false): string {
  mail.earlyVerdict(false, recipientsOwed);
  return verdict();
}

/** Ended after its end of data was sent, which was not answered. */
function unanswered(): string {
  mail.earlyVerdict(true, false);
  return verdict();
}

function final(replyClass: ReplyClass): string {
  mail.finalVerdict(replyClass);
  return verdict();
}

function deliveries(missing: bool): string {
  mail.deliveriesVerdict(missing);
  return verdict();
}

describe("Transaction", () => {
  beforeEach(() => {
    mail = new Transaction();
    mail.begin(5);
  });

  it("is open from its beginning on", () => {
    expect(new Transaction().isOpen).toBe(false);
    expect(mail.isOpen).toBe(true);
    expect(mail.startedAt).toBe(5);
  });

  it("is decided by the reply to its end of data", () => {
    expect(final(ReplyClass.success)).toBe("committed");
    expect(final(ReplyClass.transient)).toBe("rejected eod 4xx");
    expect(final(ReplyClass.permanent)).toBe("rejected eod 5xx");
    expect(final(ReplyClass.intermediate)).toBe("rejected eod 5xx");
    expect(final(ReplyClass.other)).toBe("rejected eod 5xx");
  });

  it("is committed whatever RCPT or DATA had been refused before", () => {
    mail.refused5xx = 2;
    mail.contentAnswered(false, ReplyClass.permanent);
    expect(final(ReplyClass.success)).toBe("committed");
  });

  it("is aborted when it ends early with nothing refused", () => {
    expect(early()).toBe("aborted");
    mail.accepted = 1;
    expect(early()).toBe("aborted");
  });

  it("is rejected at rcpt when every RCPT was refused", () => {
    mail.refused5xx = 1;
    expect(early()).toBe("rejected rcpt 5xx");
    mail.refused4xx = 1;
    expect(early()).toBe("rejected rcpt 4xx");
    mail.accepted = 1;
    expect(early()).toBe("aborted");
  });

  it("is not rejected at rcpt while a RCPT is unanswered", () => {
    mail.refused5xx = 1;
    expect(early(true)).toBe("aborted");
  });

  it("is rejected at data when DATA was refused and none accepted later", () => {
    mail.accepted = 1;
    mail.contentAnswered(false, ReplyClass.permanent);
    expect(early()).toBe("rejected data 5xx");
    mail.contentAnswered(false, ReplyClass.transient);
    expect(early()).toBe("rejected data 4xx");
    mail.contentAnswered(true, ReplyClass.success);
    expect(early()).toBe("aborted");
    mail.contentAnswered(false, ReplyClass.other);
    expect(early()).toBe("rejected data 5xx");
  });

  it("is rejected at rcpt rather than at data", () => {
    mail.refused4xx = 1;
    mail.contentAnswered(false, ReplyClass.permanent);
    expect(early()).toBe("rejected rcpt 4xx");
  });

  it("is unknown when its end of data was not answered", () => {
    mail.accepted = 1;
    mail.refused5xx = 1;
    expect(unanswered()).toBe("unknown");
  });

  it("is rejected at data when a chunk was refused, though its end was not answered", () => {
    mail.accepted = 1;
    mail.contentAnswered(false, ReplyClass.transient);
    expect(unanswered()).toBe("rejected data 4xx");
  });

  it("is rejected at data after an unasked refusal, unless its end of data is answered", () => {
    mail.accepted = 1;
    mail.refusedUnsolicited(ReplyClass.permanent);
    expect(early()).toBe("rejected data 5xx");
    mail.refusedUnsolicited(ReplyClass.transient);
    expect(early()).toBe("rejected data 4xx");
    mail.refusedUnsolicited(ReplyClass.permanent);
    expect(unanswered()).toBe("rejected data 4xx");
    expect(final(ReplyClass.success)).toBe("committed");
  });

  it("is committed, partial or rejected by its deliveries", () => {
    expect(mail.hasDeliveries).toBe(false);
    mail.deliveryAnswered(ReplyClass.success);
    expect(mail.hasDeliveries).toBe(true);
    expect(deliveries(false)).toBe("committed");
    expect(deliveries(true)).toBe("partial");
    mail.deliveryAnswered(ReplyClass.permanent);
    expect(deliveries(false)).toBe("partial");
  });

  it("is rejected when no delivery succeeded", () => {
    mail.deliveryAnswered(ReplyClass.permanent);
    expect(mail.hasDeliveries).toBe(true);
    expect(deliveries(false)).toBe("rejected eod 5xx");
    expect(deliveries(true)).toBe("rejected eod 5xx");
    mail.deliveryAnswered(ReplyClass.transient);
    expect(deliveries(false)).toBe("rejected eod 4xx");
  });

  it("is decided by deliveries and final reply together (PRDR)", () => {
    mail.deliveryAnswered(ReplyClass.success);
    mail.deliveryAnswered(ReplyClass.transient);
    expect(final(ReplyClass.success)).toBe("partial");
    expect(final(ReplyClass.permanent)).toBe("rejected eod 5xx");
  });

  it("is rejected by a final 2xx behind nothing but refusals (PRDR)", () => {
    mail.deliveryAnswered(ReplyClass.transient);
    expect(final(ReplyClass.success)).toBe("rejected eod 4xx");
  });

  it("is decided by what deliveries there are, when LMTP breaks off", () => {
    mail.accepted = 2;
    mail.deliveriesDecide = true;
    expect(unanswered()).toBe("unknown");
    mail.deliveryAnswered(ReplyClass.success);
    expect(unanswered()).toBe("partial");
    mail.refusedUnsolicited(ReplyClass.transient);
    expect(unanswered()).toBe("partial");
    expect(early()).toBe("rejected data 4xx");
  });

  it("forgets everything when the next begins", () => {
    mail.parameters = 1;
    mail.declaredBytes = 1;
    mail.accepted = 1;
    mail.refused4xx = 1;
    mail.refused5xx = 1;
    mail.deliveriesDecide = true;
    mail.chunkBytes = 1;
    mail.chunks = 1;
    mail.contentAnswered(false, ReplyClass.transient);
    mail.contentAnswered(false, ReplyClass.permanent);
    mail.refusedUnsolicited(ReplyClass.permanent);
    mail.deliveryAnswered(ReplyClass.success);
    mail.deliveryAnswered(ReplyClass.transient);
    mail.deliveryAnswered(ReplyClass.permanent);
    mail.begin(9);
    expect(mail.parameters + mail.accepted + mail.refused4xx + mail.refused5xx + mail.chunks).toBe(0);
    expect(mail.declaredBytes + mail.chunkBytes).toBe(0);
    expect(mail.deliveriesDecide || mail.hasDeliveries).toBe(false);
    expect(early()).toBe("aborted");
  });
});

describe("refusalClass", () => {
  it("takes everything but 4xx for 5xx", () => {
    expect(refusalClass(ReplyClass.transient)).toBe(ReplyClass.transient);
    expect(refusalClass(ReplyClass.permanent)).toBe(ReplyClass.permanent);
    expect(refusalClass(ReplyClass.success)).toBe(ReplyClass.permanent);
    expect(refusalClass(ReplyClass.other)).toBe(ReplyClass.permanent);
  });
});
