import { Around } from "../../../shared/__tests__/support";
import { bytes, Recorder } from "../../__tests__/support";
import { Command } from "../../wire/commands";
import { Reply, ReplyClass } from "../../wire/replies";
import { AbortCause } from "../observer";
import { Envelopes } from "../envelopes";
import { Expectation } from "../expectations";
import { Reporter } from "../reporter";

const recorder = new Recorder();
const reporter = new Reporter(recorder, new Around());
let envelopes = new Envelopes(reporter);

function replyOf(line: string): Reply {
  const reply = new Reply();
  reply.add(bytes(line));
  return reply;
}

function sent(line: string): Expectation {
  const command = new Command();
  command.parse(bytes(line));
  const expectation = new Expectation();
  expectation.parameters = command.parameters;
  expectation.size = command.size;
  expectation.isLast = command.isLast;
  expectation.hasNullSender = command.hasNullSender;
  return expectation;
}

function mail(reply: string, parameters: string = "", at: u64 = 0): string {
  envelopes.mailAnswered(sent("MAIL FROM:<a@client.example> " + parameters), replyOf(reply), at);
  return recorder.events();
}

function rcpt(reply: string, parameters: string = ""): string {
  envelopes.rcptAnswered(sent("RCPT TO:<b@mx.example> " + parameters), replyOf(reply));
  return recorder.events();
}

function data(reply: string): string {
  envelopes.dataAnswered(replyOf(reply).replyClass);
  return recorder.events();
}

/** A BDAT that ends no message. */
function chunk(line: string, reply: string, isOffered: bool = true): string {
  const expectation = sent(line);
  envelopes.bdatAnswered(expectation, isOffered);
  envelopes.chunkAnswered(expectation, replyOf(reply).replyClass);
  return recorder.events();
}

/** A BDAT LAST that ends a message. */
function lastChunk(reply: string): string {
  envelopes.bdatAnswered(sent("BDAT 5 LAST"), true);
  return end(reply);
}

function end(reply: string, at: u64 = 0): string {
  envelopes.endOfDataAnswered(replyOf(reply).replyClass, at);
  return recorder.events();
}

function abort(cause: AbortCause): string {
  envelopes.abort(cause, 0);
  return recorder.events();
}

/** An open transaction with an accepted recipient. */
function open(): void {
  mail("250 ok");
  rcpt("250 ok");
}

describe("Envelopes", () => {
  beforeEach(() => {
    recorder.clear();
    reporter.begin();
    envelopes = new Envelopes(reporter);
    envelopes.begin();
  });

  it("has a transaction from an accepted MAIL to the reply to its end of data", () => {
    expect(mail("250 ok", "", 100)).toBe("transaction");
    expect(envelopes.started).toBe(1);
    expect(rcpt("250 ok")).toBe("recipient accepted");
    expect(envelopes.recipients).toBe(1);
    expect(data("354 go")).toBe("");
    expect(end("250 ok", 130)).toBe("closed committed after 30");
    expect(envelopes.recipients).toBe(0);
    expect(end("250 ok")).toBe("");
  });

  it("counts refused MAILs, which start nothing", () => {
    expect(mail("450 later")).toBe("rejected mail 4xx");
    expect(mail("550 no")).toBe("rejected mail 5xx");
    expect(mail("354 what")).toBe("");
    expect(mail("999 what")).toBe("");
    expect(envelopes.started).toBe(0);
    expect(abort(AbortCause.rset)).toBe("");
  });

  it("takes an accepted MAIL in a transaction for an RSET and a MAIL", () => {
    open();
    expect(mail("250 ok")).toBe("anomaly nested_mail; closed aborted; aborted rset; transaction");
    expect(envelopes.started).toBe(2);
    expect(envelopes.recipients).toBe(0);
  });

  it("goes on when a nested MAIL is refused", () => {
    open();
    expect(mail("503 nested")).toBe("anomaly nested_mail; rejected mail 5xx");
    expect(end("250 ok")).toBe("closed committed");
  });

  it("counts null senders", () => {
    envelopes.mailAnswered(sent("MAIL FROM:<>"), replyOf("250 ok"), 0);
    expect(recorder.events()).toBe("transaction; null-sender");
    envelopes.mailAnswered(sent("MAIL FROM:<>"), replyOf("503 no"), 0);
    expect(recorder.events("null-sender")).toBe("");
  });

  it("counts recipients by what became of them", () => {
    expect(mail("250 ok")).toBe("transaction");
    expect(rcpt("250 ok")).toBe("recipient accepted");
    expect(rcpt("251 ok")).toBe("recipient accepted");
    expect(rcpt("450 later")).toBe("recipient rejected_4xx");
    expect(rcpt("550 no")).toBe("recipient rejected_5xx");
    expect(rcpt("354 what")).toBe("recipient rejected_5xx");
    expect(rcpt("199 what")).toBe("recipient rejected_5xx");
    expect(envelopes.recipients).toBe(2);
  });

  it("counts recipients outside a transaction, too", () => {
    expect(rcpt("250 ok")).toBe("anomaly rcpt_before_mail; recipient accepted");
    expect(rcpt("503 no")).toBe("anomaly rcpt_before_mail; recipient rejected_5xx");
    expect(mail("550 no")).toBe("rejected mail 5xx");
    expect(rcpt("503 no")).toBe("recipient rejected_5xx");
    expect(abort(AbortCause.rset)).toBe("");
    expect(rcpt("503 no")).toBe("anomaly rcpt_before_mail; recipient rejected_5xx");
  });

  it("sees RCPT before MAIL again when a transaction has ended", () => {
    open();
    data("354 go");
    end("250 ok");
    expect(rcpt("503 no")).toBe("anomaly rcpt_before_mail; recipient rejected_5xx");
  });

  it("sees content before a recipient", () => {
    expect(data("503 no")).toBe("anomaly data_before_rcpt");
    mail("250 ok");
    expect(data("503 no")).toBe("anomaly data_before_rcpt");
    rcpt("550 no");
    expect(chunk("BDAT 5", "503 no")).toBe("anomaly data_before_rcpt; anomaly bdat_data_mix");
  });

  it("sees DATA and BDAT mixed in a transaction, either way", () => {
    open();
    expect(chunk("BDAT 5", "250 ok")).toBe("");
    expect(chunk("BDAT 5", "250 ok")).toBe("");
    expect(data("503 no")).toBe("anomaly bdat_data_mix");
    expect(abort(AbortCause.rset)).toBe("closed rejected; rejected data 5xx");
    open();
    expect(data("554 no")).toBe("");
    expect(chunk("BDAT 5", "250 ok")).toBe("anomaly bdat_data_mix");
  });

  it("sees BDAT behind BDAT LAST until MAIL is accepted, hello or RSET", () => {
    open();
    expect(lastChunk("250 ok")).toBe("closed committed");
    expect(chunk("BDAT 5", "503 no")).toBe("anomaly bdat_after_last; anomaly data_before_rcpt");
    mail("550 no");
    expect(chunk("BDAT 5", "503 no")).toBe("anomaly bdat_after_last; anomaly data_before_rcpt");
    open();
    expect(chunk("BDAT 5", "250 ok")).toBe("");
    expect(lastChunk("250 ok")).toBe("closed committed");
    abort(AbortCause.hello);
    expect(chunk("BDAT 5", "503 no")).toBe("anomaly data_before_rcpt");
  });

  it("sees BDAT that was not on offer", () => {
    open();
    expect(chunk("BDAT 5", "250 ok", false)).toBe("anomaly bdat_not_offered");
  });

  it("adds up the chunks that were accepted", () => {
    open();
    chunk("BDAT 5", "250 ok");
    chunk("BDAT 7", "452 full");
    chunk("BDAT 2", "250 ok");
    expect(envelopes.transaction.chunks).toBe(2);
    expect(envelopes.transaction.chunkBytes).toBe(7);
  });

  it("says where and why a transaction failed", () => {
    open();
    expect(end("451 later")).toBe("closed rejected; rejected eod 4xx");
    open();
    expect(end("554 no")).toBe("closed rejected; rejected eod 5xx");
    open();
    data("554 no");
    expect(abort(AbortCause.quit)).toBe("closed rejected; rejected data 5xx");
    mail("250 ok");
    rcpt("450 later");
    rcpt("550 no");
    expect(abort(AbortCause.rset)).toBe("closed rejected; rejected rcpt 4xx");
    open();
    expect(abort(AbortCause.starttls)).toBe("closed aborted; aborted starttls");
  });

  it("is decided by deliveries in LMTP", () => {
    open();
    rcpt("250 ok");
    envelopes.transaction.deliveriesDecide = true;
    envelopes.deliveryAnswered(replyOf("250 ok"));
    envelopes.deliveryAnswered(replyOf("452 full"));
    expect(end("452 full")).toBe("delivered 2xx; delivered 4xx; closed partial");
  });

  it("remembers refusals that nobody asked for", () => {
    open();
    envelopes.unsolicited(250);
    expect(abort(AbortCause.rset)).toBe("closed aborted; aborted rset");
    open();
    envelopes.unsolicited(552);
    expect(abort(AbortCause.client_close)).toBe("closed rejected; rejected data 5xx");
    open();
    envelopes.unsolicited(452);
    expect(abort(AbortCause.client_close)).toBe("closed rejected; rejected data 4xx");
  });

  it("ends as unknown when the end of data is not answered", () => {
    open();
    envelopes.breakOff(AbortCause.server_close, 0, true, false);
    expect(recorder.events("closed aborted")).toBe("closed unknown");
  });

  it("is aborted while the only RCPTs refused are not all", () => {
    mail("250 ok");
    rcpt("550 no");
    recorder.events();
    envelopes.breakOff(AbortCause.client_close, 0, false, true);
    expect(recorder.events()).toBe("closed aborted; aborted client_close");
  });

  it("counts extensions by the parameters of MAIL and its accepted RCPTs, once per transaction", () => {
    expect(
      mail("250 ok", "SIZE=5 BODY=8BITMIME SMTPUTF8 RET=HDRS BY=1;R HOLDFOR=1 MT-PRIORITY=1 REQUIRETLS PRDR"),
    ).toBe(
      "transaction; used 8bitmime; used smtputf8; used dsn; used size; used deliverby; used futurerelease; " +
        "used mt_priority; used requiretls; used prdr",
    );
    expect(rcpt("250 ok", "NOTIFY=NEVER")).toBe("recipient accepted");
    expect(mail("250 ok", "BODY=BINARYMIME")).toBe(
      "anomaly nested_mail; closed aborted; aborted rset; transaction; used binarymime",
    );
    expect(rcpt("550 no", "NOTIFY=NEVER")).toBe("recipient rejected_5xx");
    expect(rcpt("250 ok", "NOTIFY=NEVER")).toBe("recipient accepted; used dsn");
    expect(mail("550 no", "SIZE=5")).toBe("anomaly nested_mail; rejected mail 5xx");
    expect(envelopes.transaction.declaredBytes).toBe(0);
  });

  it("counts BURL in a transaction only", () => {
    envelopes.burlAccepted();
    expect(recorder.events()).toBe("");
    open();
    recorder.events();
    envelopes.burlAccepted();
    envelopes.burlAccepted();
    expect(recorder.events()).toBe("used burl");
  });

  it("takes an answer of class other to content for a refusal", () => {
    open();
    envelopes.chunkAnswered(sent("BDAT 5"), ReplyClass.other);
    expect(abort(AbortCause.rset)).toBe("closed rejected; rejected data 5xx");
  });
});
