import { Budget } from "../../../../assembly/bytes/budget";
import { PIPELINE, bytes } from "../../__tests__/support";
import { Verb } from "../../wire/verbs";
import {
  around,
  begin,
  client,
  command,
  end,
  hello,
  open,
  recorder,
  server,
  talk,
  verdict,
} from "./dialogue";

describe("Conversation", () => {
  beforeEach(() => {
    begin();
  });

  afterEach(() => {
    end();
  });

  it("owes the greeting first", () => {
    expect(talk.isGreeted).toBe(false);
    server("220 mx.example");
    expect(recorder.events()).toBe("replied 220; answered connect 2xx 220; timed connect 0 0; greeted 2xx");
    expect(verdict()).toBe("whole connect");
    expect(talk.isGreeted).toBe(true);
    expect(talk.isGreetingRefused).toBe(false);
  });

  it("tells what became of the greeting", () => {
    server("554 no");
    expect(recorder.events("greeted")).toBe("greeted 5xx");
    expect(talk.isGreetingRefused).toBe(true);
    talk.begin(0);
    server("421 later");
    expect(recorder.events("greeted")).toBe("greeted 4xx");
    expect(talk.isGreetingRefused).toBe(true);
    talk.begin(0);
    expect(talk.isGreetingRefused).toBe(false);
    server("354 what");
    expect(recorder.events("greeted")).toBe("greeted invalid");
  });

  it("counts a greeting that is not SMTP as a reply of class other", () => {
    talk.greetedInvalidly();
    expect(recorder.events()).toBe("greeted invalid; answered connect other 0");
    expect(talk.expectations.head === null).toBe(true);
    talk.greetedInvalidly();
    expect(recorder.events()).toBe("greeted invalid");
  });

  it("answers commands in their order", () => {
    hello("EHLO", "PIPELINING");
    client("NOOP\nRSET");
    server("250 a");
    expect(verdict()).toBe("whole noop");
    server("250 b");
    expect(verdict()).toBe("whole rset");
    expect(recorder.events("sent answered")).toBe(
      "sent noop; sent rset; answered noop 2xx 250; answered rset 2xx 250",
    );
  });

  it("measures from the command, and from the later of the command and the reply before", () => {
    hello("EHLO", "PIPELINING");
    client("RSET");
    around.time += 10;
    client("RSET");
    around.time += 5;
    server("250 a");
    around.time += 7;
    server("250 b");
    expect(recorder.events("timed")).toBe("timed rset 15 15; timed rset 12 7");
  });

  it("measures nothing that nobody wants, but commits", () => {
    hello("EHLO", "CHUNKING");
    recorder.timesCommands = false;
    open(1);
    client("DATA");
    server("354 go");
    client(".");
    around.time += 9;
    server("250 ok");
    recorder.timesCommands = true;
    expect(recorder.events("timed commit-time")).toBe("commit-time 9");
  });

  it("takes a reply while nothing is owed for unsolicited", () => {
    hello("EHLO", "PIPELINING");
    server("250 what");
    expect(verdict()).toBe("nothing");
    expect(recorder.events()).toBe("replied 250; unsolicited 250; anomaly reply_unmatched");
    server("421 going down");
    expect(recorder.events()).toBe("replied 421; unsolicited 421");
  });

  it("tells statuses, but not those of greetings and answers to hellos", () => {
    server("220 2.0.0 mx.example");
    client("EHLO x");
    server("250 2.0.0 mx.example");
    client("NOOP");
    server("250 2.0.0 ok");
    server("250 2.1.5 unasked");
    expect(recorder.events("replied")).toBe("replied 220; replied 250; replied 250 2.0.0; replied 250 2.1.5");
  });

  it("knows that QUIT was accepted", () => {
    hello("EHLO", "PIPELINING");
    client("QUIT");
    expect(talk.isQuit).toBe(false);
    server("221 bye");
    expect(talk.isQuit).toBe(true);
    talk.begin(0);
    expect(talk.isQuit).toBe(false);
  });

  it("counts extensions used by accepted commands once per session", () => {
    hello("EHLO", "ETRN");
    const lines: string[] = ["ETRN x", "VRFY x", "HELP", "XCLIENT x", "XFORWARD x", "EXPN x"];
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < lines.length; i++) {
        client(lines[i]);
        server("500 no");
        client(lines[i]);
        server("250 ok");
      }
    }
    expect(recorder.events("used")).toBe("used etrn; used vrfy; used help; used xclient; used xforward");
  });

  it("follows STARTTLS", () => {
    hello("EHLO", "STARTTLS");
    client("STARTTLS");
    server("454 later");
    client("STARTTLS");
    server("501 no");
    client("X-ANONYMOUSTLS");
    server("220 go");
    expect(recorder.events("tls used")).toBe("tls refused_4xx; tls refused_5xx; tls accepted; used starttls");
  });

  it("follows AUTH, line by line", () => {
    hello("EHLO", "AUTH");
    client("AUTH LOGIN");
    server("334 VXNlcm5hbWU6");
    talk.sent(Verb.auth_response, around.time);
    server("334 UGFzc3dvcmQ6");
    talk.sent(Verb.auth_response, around.time);
    server("235 ok");
    expect(recorder.events("auth auth-ended used answered")).toBe(
      "auth login; answered auth 3xx 334; answered auth_response 3xx 334; answered auth_response 2xx 235; " +
        "auth-ended login success; used auth",
    );
  });

  it("sees AUTH twice, and in a transaction", () => {
    hello("EHLO", "AUTH");
    client("AUTH GSSAPI");
    server("235 ok");
    open(1);
    client("X-EXPS GSSAPI");
    server("503 no");
    expect(recorder.events("anomaly auth-ended")).toBe(
      "anomaly auth_in_transaction; anomaly auth_twice; auth-ended gssapi failure",
    );
  });

  it("sees commands that nobody knows when they are answered", () => {
    hello("EHLO", "PIPELINING");
    client("FOO");
    expect(recorder.events("anomaly")).toBe("");
    server("500 what");
    expect(recorder.events("anomaly")).toBe("anomaly unknown_command");
  });

  it("measures how deep commands are pipelined", () => {
    hello("EHLO", "PIPELINING");
    client("RSET\nRSET\nRSET");
    expect(recorder.events("depth used anomaly")).toBe("depth 2; used pipelining; depth 3");
  });

  it("sees pipelining that is not on offer, once per group", () => {
    client("HELO x");
    expect(recorder.events("anomaly depth")).toBe("depth 2");
    server("220 hi\n250 ok");
    client("RSET\nRSET\nRSET");
    server("250 ok\n250 ok\n250 ok");
    client("RSET\nRSET");
    expect(recorder.events("anomaly")).toBe("anomaly pipeline_not_offered; anomaly pipeline_not_offered");
  });

  it("sees commands behind one that must be the last of its group", () => {
    hello("EHLO", "PIPELINING");
    client("NOOP\nRSET\nRSET");
    expect(recorder.events("anomaly")).toBe("anomaly pipeline_bad_order; anomaly pipeline_bad_order");
    server("250 ok");
    client("RSET");
    expect(recorder.events("anomaly")).toBe("");
    server("250 ok\n250 ok\n250 ok");
  });

  it("sees commands behind a hello once its reply is there", () => {
    server("220 hi");
    client("EHLO x\nRSET\nRSET");
    expect(recorder.events("anomaly")).toBe("");
    server("250-mx.example\n250 PIPELINING");
    expect(recorder.events("anomaly")).toBe("anomaly pipeline_bad_order; anomaly pipeline_bad_order");
    server("250 ok\n250 ok");
    client("EHLO x\nRSET");
    server("250-mx.example\n250 PIPECONNECT");
    expect(recorder.events("anomaly")).toBe("");
    server("250 ok");
    client("EHLO x\nRSET");
    server("500 no");
    expect(recorder.events("anomaly")).toBe("anomaly pipeline_not_offered; anomaly pipeline_bad_order");
  });

  it("counts the commands behind each of two hellos", () => {
    server("220 hi");
    client("EHLO x\nEHLO y\nRSET");
    server("500 no");
    expect(recorder.events("anomaly")).toBe("anomaly pipeline_bad_order");
    server("250 ok");
    expect(recorder.events("anomaly")).toBe("anomaly pipeline_bad_order");
  });

  it("does not take the end of data for a command behind DATA", () => {
    hello("EHLO", "PIPELINING");
    client("DATA\n.");
    expect(recorder.events("anomaly")).toBe("");
  });

  it("knows when one more command would be too many", () => {
    for (let i: u32 = 1; i < PIPELINE; i++) {
      expect(talk.isFull).toBe(false);
      client("NOOP");
    }
    expect(talk.isFull).toBe(true);
    server("220 hi");
    expect(talk.isFull).toBe(false);
  });

  it("gives up without memory", () => {
    hello("EHLO", "PIPELINING");
    Budget.limit = 0;
    for (let i = 0; i < 200; i++) client("NOOP\n.");
    command.parse(bytes("NOOP"));
    expect(talk.commanded(command, 0) === null).toBe(true);
    expect(talk.sent(Verb.noop, 0) === null).toBe(true);
    expect(talk.endOfData(0, 0, 0)).toBe(false);
  });
});
