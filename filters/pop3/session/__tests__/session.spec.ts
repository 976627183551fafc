// What a session reports: greeting, commands and replies in their order, and how it ends.
import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { From } from "../../../shared/session/peers";
import { PIPELINE, Talk } from "../../__tests__/support";
import { EndReason } from "../observer";

let talk = new Talk();

/** A fresh session in which the server has said hello. */
function greeted(): Talk {
  talk = new Talk();
  talk.begin().lines("S: +OK hi");
  talk.events();
  return talk;
}

/** The same, logged in. */
function loggedIn(): Talk {
  greeted().lines(`C: USER joe
    S: +OK
    C: PASS x
    S: +OK`);
  talk.events();
  return talk;
}

const WORDS: string = "sent answered unanswered unsolicited greeted anomaly retrieval ended opaque";

describe("Pop3Session", () => {
  it("reports a whole session in its order", () => {
    talk = new Talk();
    talk.begin().lines(`S: +OK ready
      C: USER joe
      S: +OK
      C: PASS secret
      S: +OK Logged in.
      C: STAT
      S: +OK 2 320
      C: RETR 1
      S: +OK 10 octets
      S: hello
      S: ..
      S: .
      C: DELE 1
      S: +OK
      C: QUIT
      S: +OK bye`);
    talk.session.end(From.client);
    talk.close();
    expect(talk.events()).toBe(
      "started; answered connect ok; timed connect 0 0; greeted ok; sent user; answered user ok; timed user 0 0; " +
        "sent pass; login user_pass; password-in-clear; answered pass ok; timed pass 0 0; " +
        "login-ended user_pass success; sent stat; answered stat ok; timed stat 0 0; maildrop 2 320; " +
        "sent retr; lines retr 10/wire 14; retrieval complete; message 10/14; in-clear unoffered; " +
        "answered retr ok; timed retr 0 0; sent dele; answered dele ok; timed dele 0 0; marked; " +
        "sent quit; answered quit ok; timed quit 0 0; deleted committed 1; ended quit updated 1",
    );
    expect(talk.held).toBe(0);
  });

  it("leaves unread what was held when reading ends", () => {
    talk = new Talk();
    talk.begin().client("STLS\r\nNOOP\r\n").server("SSH\r\n").client("x");
    expect(`${talk.recorder.log.unreadClient} ${talk.recorder.log.unreadServer}`).toBe("7 5");
    talk = new Talk();
    talk.begin().server("+OK mx").client("\x16").client("\x03");
    expect(`${talk.recorder.log.unreadClient} ${talk.recorder.log.unreadServer}`).toBe("2 6");
  });

  it("is lost with bytes that could not be had", () => {
    talk = new Talk();
    talk.begin().lines("S: +OK ready").client("CAPA");
    talk.session.lose(From.server, 9);
    talk.session.lose(From.server, 2);
    expect(talk.events("opaque")).toBe("opaque desync");
    expect(`${talk.recorder.log.unreadClient} ${talk.recorder.log.unreadServer}`).toBe("4 11");
    expect(talk.held).toBe(0);
  });

  it("attributes replies by counting, whatever the lines between them say", () => {
    loggedIn().client("RETR 1\r\nLIST\r\nNOOP\r\nFOO\r\nQUIT\r\n");
    talk.server(
      "+OK\r\n-ERR this is text\r\n+OK this, too\r\n.\r\n+OK\r\n1 5\r\n.\r\n+OK\r\n-ERR\r\n+OK\r\n",
    );
    expect(talk.events("answered depth")).toBe(
      "depth 2; depth 3; depth 4; depth 5; answered retr ok; answered list ok; answered noop ok; answered other err; answered quit ok",
    );
  });

  it("knows that -ERR to a command of many lines is one line", () => {
    loggedIn().lines(`C: RETR 9
      S: -ERR no such message
      C: LIST
      S: -ERR [SYS/TEMP] later
      C: UIDL 1
      S: +OK 1 abc
      C: TOP 1 0
      S: -ERR
      C: NOOP
      S: +OK`);
    expect(talk.events("answered retrieval lines anomaly")).toBe(
      "answered retr err; retrieval refused; answered list err sys_temp; answered uidl ok; answered top err; answered noop ok",
    );
  });

  it("times a command from its last octet to the last of its answer", () => {
    loggedIn();
    talk.around.time = 2_000;
    talk.client("RETR 1\r\nRETR 2\r\n");
    talk.around.time = 5_000;
    talk.server("+OK\r\nabc\r\n");
    talk.around.time = 6_000;
    talk.server(".\r\n");
    talk.around.time = 9_000;
    talk.server("+OK\r\n.\r\n");
    expect(talk.events("timed message")).toBe(
      "message 5/8 in 4000; timed retr 4000 4000; message 0/3 in 3000; timed retr 7000 3000",
    );
  });

  it("counts what is not answered when the session ends", () => {
    loggedIn().client("RETR 1\r\nRETR 2\r\nDELE 1\r\nPASS x\r\n");
    talk.server("+OK\r\nhello");
    talk.session.end(From.server);
    talk.close();
    expect(talk.events("answered unanswered retrieval lines login-ended ended")).toBe(
      "lines retr 5/wire 5; unanswered retr; retrieval interrupted; unanswered retr; retrieval unanswered; " +
        "unanswered dele; unanswered pass; login-ended user_pass aborted; ended server_close unfinished 0",
    );
    expect(talk.held).toBe(0);
  });

  it("takes a line without a status for nothing", () => {
    loggedIn().client("NOOP\r\n").server("hello\r\n\r\n+OK\r\n");
    expect(talk.events(WORDS)).toBe(
      "sent noop; anomaly reply_invalid; anomaly reply_invalid; answered noop ok",
    );
  });

  it("passes over the lines of an unknown command's answer", () => {
    loggedIn().lines(`C: XFOO
      S: +OK
      S: -- lines
      S: +OK text
      S: .
      C: NOOP
      S: +OK
      C: XBAR
      S: +OK
      S: .
      C: NOOP
      S: +OK`);
    expect(talk.events(WORDS)).toBe(
      "sent other; answered other ok; anomaly unknown_command; sent noop; answered noop ok; " +
        "sent other; answered other ok; anomaly unknown_command; sent noop; answered noop ok",
    );
  });

  it("cannot follow a client that sends a message", () => {
    loggedIn().lines(`C: XTND XMIT
      S: +OK go
      C: Subject: x`);
    expect(talk.events(WORDS)).toBe(
      "sent other; answered other ok; anomaly unknown_command; anomaly desync; opaque desync",
    );
    expect(talk.recorder.log.unreadClient).toBe(12);
  });

  it("tells replies that nothing asked for, and a server that says why it leaves", () => {
    loggedIn().lines("S: +OK what").events();
    talk.server("-ERR Disconnected for inactivity.\r\n");
    talk.session.end(From.server);
    talk.close();
    expect(talk.events()).toBe("unsolicited err; ended server_err unfinished 0");
    loggedIn().lines("S: + what");
    expect(talk.events()).toBe("unsolicited continue; anomaly reply_unmatched");
  });

  it("has a reason for every end", () => {
    greeted().close(EndReason.proxy_close);
    expect(talk.events()).toBe("ended proxy_close anonymous 0");
    talk = new Talk();
    talk.begin().close(EndReason.upstream_unreachable);
    expect(talk.events()).toBe(
      "started; unanswered connect; greeted none; ended upstream_unreachable anonymous 0",
    );
    talk = new Talk();
    talk.begin().lines("S: -ERR [SYS/TEMP] busy").close();
    expect(talk.events("greeted ended")).toBe("greeted err; ended greeting_rejected anonymous 0");
    greeted().client("QUIT\r\n").close();
    expect(talk.events("ended")).toBe("ended quit anonymous 0");
    greeted().session.end(From.client);
    talk.close();
    expect(talk.events("ended")).toBe("ended client_close anonymous 0");
  });

  it("stops reading what is not POP3", () => {
    talk = new Talk();
    talk.begin().server("* OK IMAP4rev1 ready\r\n").close();
    expect(talk.events("greeted opaque answered ended")).toBe(
      "greeted invalid; answered connect other; opaque not_pop3; ended not_pop3 unread 0",
    );
    expect(talk.recorder.log.unreadServer).toBe(22);
    talk = new Talk();
    talk.begin().client("GET / HTTP/1.1\r\nHost: x\r\n").close();
    expect(talk.events("anomaly opaque ended")).toBe(
      "anomaly http_to_pop3; opaque not_pop3; ended not_pop3 unread 0",
    );
    expect(talk.recorder.log.unreadClient).toBe(25);
  });

  it("sees who spoke too early, unless it is another protocol's business", () => {
    talk = new Talk();
    talk.begin().client("CAPA\r\n").server("+OK\r\n").close();
    expect(talk.events("anomaly")).toBe("anomaly early_talker");
    talk = new Talk();
    talk.begin().client("\x16\x03\x01").close();
    expect(talk.events("anomaly opaque tls ended")).toBe(
      "tls handshake_seen; opaque tls_first; ended tls unread 0",
    );
    greeted().client("\x16\x03\x01").close();
    expect(talk.events("anomaly")).toBe("anomaly tls_to_cleartext");
  });

  it("takes PROXY preambles away", () => {
    talk = new Talk();
    talk.begin().client("PROXY TCP4 192.0.2.1 192.0.2.2 4711 110\r\n").server("+OK\r\n").client("NOOP\r\n");
    talk.close();
    expect(talk.events("proxy sent anomaly")).toBe("proxy 1; sent noop");
    talk = new Talk();
    talk
      .begin()
      .client("\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c123456789012")
      .server("+OK\r\n")
      .client("NOOP\r\n");
    talk.close();
    expect(talk.events("proxy sent anomaly")).toBe("proxy 2; sent noop");
  });

  it("answers an empty line, though it could begin a preamble", () => {
    greeted().client("\r\n").server("-ERR what\r\n");
    expect(talk.events("sent answered anomaly")).toBe(
      "sent other; answered other err; anomaly unknown_command",
    );
  });

  it("notes odd lines", () => {
    greeted().client(
      "NOOP\nNO\0OP\r\nNO\rOP\r\nUSER \xe9\r\n" +
        "x".repeat(300) +
        "\r\nAUTH PLAIN " +
        "x".repeat(13000) +
        "\r\n",
    );
    expect(talk.events("anomaly cap")).toBe(
      "anomaly bare_lf_command; anomaly nul; anomaly bare_cr; anomaly eight_bit_without_utf8; " +
        "anomaly long_command; cap line; anomaly auth_line_too_long",
    );
    greeted()
      .client("UTF8\r\nUSER \xe9\r\n")
      .server("+OK\r\n+OK" + "y".repeat(300) + "\r\n");
    greeted()
      .client("UTF8\r\n")
      .server("+OK\n")
      .client("USER \xe9\r\n")
      .server("+OK" + "y".repeat(300) + "\r\n");
    expect(talk.events("anomaly cap")).toBe("anomaly bare_lf_reply; anomaly long_reply; cap line");
  });

  it("notes commands in a state that does not know them", () => {
    greeted().lines(`C: STAT
      S: -ERR
      C: CAPA
      S: -ERR
      C: RETR 1
      S: -ERR`);
    expect(talk.events("anomaly")).toBe("anomaly wrong_state; anomaly wrong_state");
    loggedIn().lines(`C: USER x
      S: -ERR
      C: DELE 99
      S: -ERR
      C: PASS y
      S: +OK`);
    expect(talk.events("anomaly")).toBe("anomaly wrong_state; anomaly login_twice");
  });

  it("goes on unread beyond its caps", () => {
    greeted();
    for (let i: u32 = 0; i <= PIPELINE; i++) talk.client("NOOP\r\n");
    talk.close();
    expect(talk.events("anomaly cap opaque ended")).toBe(
      "anomaly fifo_overflow; cap pipeline; opaque limit; ended desync unread 0",
    );
    expect(talk.recorder.tally("sent noop")).toBe(PIPELINE);
    expect(talk.recorder.tally("unanswered noop")).toBe(PIPELINE);
    Budget.limit = 0;
    greeted().client("NO");
    Budget.limit = DEFAULT_MEMORY_BYTES;
    expect(talk.events("cap opaque")).toBe("cap memory; opaque limit");
  });

  it("goes on unread when bytes are lost", () => {
    loggedIn().client("RETR 1\r\n").server("+OK\r\nabc");
    talk.session.lose(From.server, 1000);
    talk.server("more");
    talk.close();
    expect(talk.events("lines unanswered retrieval anomaly opaque ended")).toBe(
      "anomaly desync; lines retr 3/wire 3; unanswered retr; retrieval interrupted; opaque desync; ended desync unread 0",
    );
    expect(talk.recorder.log.unreadServer).toBe(1004);
    expect(talk.session.skips(From.client)).toBe(u64.MAX_VALUE);
  });
});
