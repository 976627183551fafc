import { Speaks } from "../hello";
import { AbortCause } from "../observer";
import { around, begin, client, end, hello, open, recorder, server, talk, verdict } from "./dialogue";

describe("A mail in a conversation", () => {
  beforeEach(() => {
    begin();
  });

  afterEach(() => {
    end();
  });

  it("carries a mail by DATA", () => {
    hello("EHLO", "PIPELINING");
    open(1, "SIZE=9");
    client("DATA");
    server("354 go");
    expect(talk.hasGoAhead).toBe(true);
    recorder.events();
    client(".");
    around.time += 3;
    server("250 ok");
    expect(recorder.events()).toBe(
      "sent eod; message data 10/13 declared 9 to 1; in-clear unoffered; replied 250; answered eod 2xx 250; " +
        "commit-time 3; timed eod 3 3; closed committed after 3",
    );
    expect(talk.hasGoAhead).toBe(false);
  });

  it("knows a message when its end of data comes before the go-ahead", () => {
    hello("EHLO", "PIPELINING");
    open(1);
    client("DATA\n.");
    expect(recorder.events("message")).toBe("");
    server("354 go");
    expect(recorder.events("message")).toBe("message data 10/13 to 1");
    server("250 ok");
    expect(recorder.events("closed")).toBe("closed committed");
  });

  it("knows a message outside a transaction", () => {
    hello("EHLO", "STARTTLS");
    client("DATA");
    server("354 go");
    client(".");
    expect(recorder.events("message in-clear")).toBe("message data 10/13 to -1; in-clear offered");
    server("250 ok");
    expect(recorder.events("closed answered")).toBe("answered eod 2xx 250");
  });

  it("knows no message behind a refused DATA", () => {
    hello("EHLO", "PIPELINING");
    open(1);
    client("DATA\n.");
    server("554 no");
    server("500 what");
    expect(recorder.events("message")).toBe("");
    expect(verdict()).toBe("whole eod");
  });

  it("carries a mail by BDAT", () => {
    hello("EHLO", "CHUNKING");
    open(1);
    client("BDAT 5");
    server("250 ok");
    expect(recorder.events("used message")).toBe("used chunking");
    client("BDAT 7 LAST");
    expect(recorder.events("message")).toBe("message bdat 12/12 chunks 2 to 1");
    around.time += 4;
    server("250 ok");
    expect(recorder.events("commit-time closed used")).toBe("commit-time 4; closed committed after 4");
  });

  it("takes BDAT LAST without a recipient for a command", () => {
    hello("EHLO", "CHUNKING");
    open(0);
    client("BDAT 7 LAST");
    server("554 no");
    expect(recorder.events("message closed anomaly")).toBe("anomaly data_before_rcpt");
  });

  it("carries a mail by BURL", () => {
    hello("EHLO", "BURL");
    open(1);
    client("BURL imap://mx.example/1");
    server("250 ok");
    client("BURL imap://mx.example/2 LAST");
    server("250 ok");
    expect(recorder.events("message closed used commit-time")).toBe(
      "used burl; message burl 0/0 chunks 2 to 1; closed committed",
    );
  });

  it("takes one reply for each recipient in LMTP", () => {
    hello("LHLO", "PIPELINING");
    open(2);
    client("DATA");
    server("354 go");
    client(".\nRSET");
    server("250 a");
    expect(verdict()).toBe("part");
    server("452 b");
    expect(verdict()).toBe("whole eod");
    server("250 reset");
    expect(recorder.events("answered delivered closed")).toBe(
      "answered data 3xx 354; delivered 2xx; answered eod 2xx 250; delivered 4xx; closed partial; " +
        "answered rset 2xx 250",
    );
  });

  it("takes one reply in LMTP without recipients", () => {
    hello("LHLO", "PIPELINING");
    client("DATA");
    server("354 go");
    client(".");
    server("503 no");
    expect(verdict()).toBe("whole eod");
    expect(recorder.events("delivered")).toBe("delivered 5xx");
  });

  it("takes LMTP by configuration", () => {
    talk.abandon(AbortCause.opaque, 0);
    begin(Speaks.lmtp);
    hello("EHLO", "PIPELINING");
    open(2);
    client("DATA");
    server("354 go");
    client(".");
    server("250 a");
    expect(verdict()).toBe("part");
    server("250 b");
    expect(recorder.events("delivered closed")).toBe("delivered 2xx; delivered 2xx; closed committed");
  });

  it("takes a reply for each recipient and a final one behind 353 (PRDR)", () => {
    hello("EHLO", "PRDR");
    open(2, "PRDR");
    client("DATA");
    server("354 go");
    client(".");
    recorder.events();
    server("353 each");
    expect(verdict()).toBe("part");
    server("250 a");
    expect(verdict()).toBe("part");
    server("550 b");
    expect(verdict()).toBe("part");
    server("250 done");
    expect(verdict()).toBe("whole eod");
    expect(recorder.events("answered delivered closed replied")).toBe(
      "replied 353; replied 250; delivered 2xx; replied 550; delivered 5xx; replied 250; answered eod 2xx 250; " +
        "closed partial",
    );
  });

  it("takes 353 for the answer when PRDR was not asked for", () => {
    hello("EHLO", "PRDR");
    open(2);
    client("DATA");
    server("354 go");
    client(".");
    server("353 each");
    expect(verdict()).toBe("whole eod");
    expect(recorder.events("answered closed rejected")).toBe(
      "answered data 3xx 354; answered eod 3xx 353; closed rejected; rejected eod 5xx",
    );
  });

  it("ends a transaction with RSET, hello, QUIT, XCLIENT and STARTTLS, if they are accepted", () => {
    const lines: string[] = ["RSET", "EHLO x", "QUIT", "XCLIENT x", "STARTTLS"];
    const causes: string[] = ["rset", "hello", "quit", "hello", "starttls"];
    hello("EHLO", "PIPELINING");
    for (let i = 0; i < lines.length; i++) {
      open(1);
      client(lines[i]);
      server("502 no");
      expect(recorder.events("aborted")).toBe("", lines[i]);
      client(lines[i]);
      server("220 ok");
      expect(recorder.events("aborted")).toBe("aborted " + causes[i]);
    }
  });

  it("counts what is not answered", () => {
    hello("EHLO", "PIPELINING");
    client("MAIL FROM:<>\nRCPT TO:<b@mx.example>\nRSET");
    recorder.events();
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events()).toBe("unanswered mail; unanswered rcpt; recipient unanswered; unanswered rset");
    expect(talk.expectations.length).toBe(0);
  });

  it("breaks off what is open", () => {
    hello("EHLO", "AUTH");
    open(1);
    client("AUTH LOGIN");
    recorder.events();
    talk.abandon(AbortCause.server_close, around.time);
    expect(recorder.events()).toBe(
      "unanswered auth; closed aborted; aborted server_close; auth-ended login aborted",
    );
  });

  it("does not know what became of a message whose end was not answered", () => {
    hello("EHLO", "PIPELINING");
    open(1);
    client("DATA");
    server("354 go");
    client(".\nQUIT");
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events("closed unanswered")).toBe("unanswered eod; unanswered quit; closed unknown");
  });

  it("is partly delivered when LMTP breaks off", () => {
    hello("LHLO", "PIPELINING");
    open(2);
    client("DATA");
    server("354 go");
    client(".");
    server("250 a");
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events("closed unanswered")).toBe("closed partial");
  });

  it("counts bad order behind a hello that is never answered", () => {
    server("220 hi");
    client("EHLO x\nRSET");
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events("anomaly")).toBe("anomaly pipeline_bad_order");
  });

  it("is not rejected at rcpt while a RCPT is unanswered", () => {
    hello("EHLO", "PIPELINING");
    open(0);
    client("RCPT TO:<b@mx.example>\nRCPT TO:<c@mx.example>");
    server("550 no");
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events("closed rejected aborted recipient")).toBe(
      "recipient rejected_5xx; recipient unanswered; closed aborted; aborted client_close",
    );
  });

  it("is rejected at rcpt though RCPTs of the next transaction are unanswered", () => {
    hello("EHLO", "PIPELINING");
    open(0);
    client("RCPT TO:<b@mx.example>");
    server("550 no");
    client("RSET\nMAIL FROM:<>\nRCPT TO:<c@mx.example>");
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events("closed rejected aborted recipient")).toBe(
      "recipient rejected_5xx; closed rejected; rejected rcpt 5xx; recipient unanswered",
    );
  });
});
