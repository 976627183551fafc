import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Around } from "../../../shared/__tests__/support";
import { bytes, PIPELINE, Recorder } from "../../__tests__/support";
import { Command } from "../../wire/commands";
import { Reply } from "../../wire/replies";
import { Verb, VERBS } from "../../wire/verbs";
import { Answered, Conversation } from "../conversation";
import { Speaks } from "../hello";
import { AbortCause } from "../observer";
import { Reporter } from "../reporter";

const ANSWERED: string[] = ["nothing", "part", "whole"];

const recorder = new Recorder();
const command = new Command();
const reply = new Reply();
let around = new Around();
let talk = make(Speaks.auto);
let answered = Answered.nothing;

function make(speaks: Speaks): Conversation {
  around = new Around();
  const reporter = new Reporter(recorder, around);
  reporter.begin();
  const made = new Conversation(reporter, speaks, PIPELINE);
  made.begin(around.time);
  return made;
}

/** Commands, one a line; a line `.` is an end of data of 10 octets. */
function client(lines: string): void {
  const all = lines.split("\n");
  for (let i = 0; i < all.length; i++) {
    const line = all[i].trim();
    if (line == ".") {
      talk.endOfData(10, 13, around.time);
      continue;
    }
    command.parse(bytes(line));
    talk.commanded(command, around.time);
  }
}

/** Replies, one a line. */
function server(lines: string): void {
  const all = lines.split("\n");
  for (let i = 0; i < all.length; i++) {
    if (reply.add(bytes(all[i].trim()))) answered = talk.replied(reply, around.time);
  }
}

/** A greeting and a hello that offers what a space-separated list says. */
function hello(verb: string, extensions: string): void {
  server("220 mx.example");
  client(verb + " client.example");
  const list = extensions.split(" ");
  server("250-mx.example");
  for (let i = 0; i < list.length; i++) server((i < list.length - 1 ? "250-" : "250 ") + list[i]);
  recorder.events();
}

/** A transaction with so many accepted recipients. */
function open(recipients: i32, parameters: string = ""): void {
  client("MAIL FROM:<a@client.example> " + parameters);
  server("250 ok");
  for (let i = 0; i < recipients; i++) {
    client("RCPT TO:<b@mx.example>");
    server("250 ok");
  }
  recorder.events();
}

/** What was answered last, and how. */
function verdict(): string {
  return answered == Answered.whole ? "whole " + VERBS[talk.answeredVerb] : ANSWERED[answered];
}

describe("Conversation", () => {
  beforeEach(() => {
    recorder.clear();
    talk = make(Speaks.auto);
    reply.reset();
  });

  afterEach(() => {
    talk.abandon(AbortCause.opaque, around.time);
    Budget.limit = DEFAULT_MEMORY_BYTES;
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
    talk = make(Speaks.lmtp);
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
      "closed aborted; aborted server_close; auth-ended login aborted; unanswered auth",
    );
  });

  it("does not know what became of a message whose end was not answered", () => {
    hello("EHLO", "PIPELINING");
    open(1);
    client("DATA");
    server("354 go");
    client(".\nQUIT");
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events("closed unanswered")).toBe("closed unknown; unanswered eod; unanswered quit");
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
    expect(recorder.events("closed rejected aborted")).toBe("closed aborted; aborted client_close");
  });

  it("is rejected at rcpt though RCPTs of the next transaction are unanswered", () => {
    hello("EHLO", "PIPELINING");
    open(0);
    client("RCPT TO:<b@mx.example>");
    server("550 no");
    client("RSET\nMAIL FROM:<>\nRCPT TO:<c@mx.example>");
    talk.abandon(AbortCause.client_close, around.time);
    expect(recorder.events("closed rejected aborted")).toBe("closed rejected; rejected rcpt 5xx");
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
