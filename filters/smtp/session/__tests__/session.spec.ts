import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { From } from "../../../shared/session/peers";
import { bytes, PIPELINE, Talk } from "../../__tests__/support";
import { EndReason } from "../observer";
import { begin, hello, open, reason, talk, unread } from "./stage";

/** A PROXY protocol version 2 preamble without addresses. */
const PROXY_V2: string = "\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00";

describe("SmtpSession", () => {
  beforeEach(() => {
    begin();
  });

  afterEach(() => {
    talk.close();
    expect(talk.held).toBe(0);
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("reports a session from its beginning to its end", () => {
    talk.server("220 mx.example\r\n").client("QUIT\r\n").server("221 bye\r\n");
    talk.around.time += 9;
    talk.close();
    expect(talk.events("started greeted sent answered ended")).toBe(
      "started; answered connect 2xx 220; greeted 2xx; sent quit; answered quit 2xx 221; ended quit none 0 after 9",
    );
    talk.begin();
  });

  it("can be used again and again", () => {
    talk.server("220 mx.example\r\n").client("EHLO x").server("250-").close();
    const first = talk.begin().events();
    expect(first.endsWith("started")).toBe(true);
    talk.server("220 mx.example\r\n").client("NOOP\r\n").server("250 ok\r\n");
    expect(talk.events("answered")).toBe("answered connect 2xx 220; answered noop 2xx 250");
  });

  it("reads no clock that nobody wants", () => {
    talk.close();
    talk.recorder.timesCommands = false;
    const before = talk.around.looks;
    talk.begin().lines("S: 220 hi\nC: EHLO x\nS: 250 ok\nC: NOOP\nS: 250 ok\nC: QUIT\nS: 221 bye").close();
    expect(talk.around.looks).toBe(before);
    talk.begin().lines("S: 220 hi").client("GET / HTTP/1.1\r\n").close();
    expect(talk.around.looks).toBe(before);
    talk.recorder.timesCommands = true;
    talk.begin();
  });

  it("borrows buffers whose memory goes back at the end of a configuration", () => {
    const used = Budget.used;
    talk.server("22").client("EH");
    expect(Budget.used).toBe(used + <u64>(talk.settings.replyLines.size + talk.settings.commandLines.size));
    talk.close();
    talk.settings.dispose();
    expect(Budget.used).toBe(used);
    talk.begin();
  });

  it("leaves what its anomalies were counted in to the next session", () => {
    let used: u64 = 0;
    for (let i = 0; i < 10; i++) {
      const odd = new Talk(talk.settings);
      odd.begin().server("220 mx.example\r\n").client("NO\0OP\r\n").close();
      expect(odd.events("anomaly")).toBe("anomaly nul");
      if (i == 0) used = Budget.used;
    }
    expect(Budget.used).toBe(used);
  });
});

describe("The reason of end", () => {
  beforeEach(() => {
    begin();
  });

  it("is quit when QUIT was answered 2xx, or is the oldest unanswered command", () => {
    hello();
    talk.client("QUIT\r\n").server("221 bye\r\n");
    expect(reason()).toBe("quit");
    talk.begin();
    hello();
    talk.client("QUIT\r\n").session.end(From.client);
    expect(reason()).toBe("quit");
    talk.begin();
    hello();
    talk.client("NOOP\r\nQUIT\r\n").session.end(From.client);
    expect(reason()).toBe("client_close");
    talk.begin();
    hello();
    talk.client("QUIT\r\n").server("500 no\r\n").session.end(From.server);
    expect(reason()).toBe("server_close");
  });

  it("is greeting_rejected without an accepted hello", () => {
    talk.server("554 no\r\n").client("QUIT\r\n").server("500 no\r\n");
    expect(reason()).toBe("greeting_rejected");
    talk.begin().server("421 busy\r\n").session.end(From.server);
    expect(reason()).toBe("greeting_rejected");
    talk.begin().lines("S: 450 later\nC: EHLO x\nS: 250 ok").session.end(From.server);
    expect(reason()).toBe("server_close");
  });

  it("is server_421 when that was the last reply, before any end of stream", () => {
    hello();
    talk.server("421 down\r\n").session.end(From.server);
    expect(reason()).toBe("server_421");
    talk.begin();
    hello();
    talk.client("NOOP\r\n").server("421 down\r\n").session.end(From.client);
    expect(reason()).toBe("server_421");
    talk.begin();
    hello();
    talk.session.end(From.client);
    talk.server("421 down\r\n");
    expect(reason()).toBe("client_close");
    talk.begin();
    hello();
    talk.server("421 down\r\n250 or not\r\n");
    expect(reason()).toBe("proxy_close");
  });

  it("is the first end of stream, or what the proxy knows", () => {
    talk.session.end(From.client);
    talk.session.end(From.server);
    expect(reason()).toBe("client_close");
    talk.begin();
    talk.session.end(From.server);
    talk.session.end(From.client);
    expect(reason()).toBe("server_close");
    talk.begin();
    expect(reason(EndReason.upstream_unreachable)).toBe("upstream_unreachable");
    talk.begin();
    expect(reason(EndReason.client_close)).toBe("client_close");
  });

  it("is that of the opaque session, but behind SASL and TURN", () => {
    hello("STARTTLS");
    talk.client("STARTTLS\r\n").server("220 go\r\n").client("\x16\x03\x01");
    expect(reason()).toBe("tls");
    talk.begin().client("\x16\x03\x01");
    expect(reason()).toBe("tls");
    talk.begin().client("GET / HTTP/1.1\r\n");
    expect(reason()).toBe("not_smtp");
    talk.begin();
    for (let i: u32 = 0; i < PIPELINE; i++) talk.client("NOOP\r\n");
    expect(reason()).toBe("desync");
    talk.begin();
    hello();
    talk.client("TURN\r\n").server("250 ok\r\n").session.end(From.server);
    expect(reason()).toBe("server_close");
    talk.begin();
    hello("AUTH");
    talk.client("AUTH GSSAPI\r\n").server("235 ok\r\n").client("\0").session.end(From.client);
    expect(reason()).toBe("client_close");
  });

  it("is the cause of what it broke off", () => {
    hello();
    open();
    talk.client("QUIT\r\n").close();
    expect(talk.events("aborted")).toBe("aborted quit");
    talk.begin();
    hello();
    open();
    talk.close(EndReason.client_close);
    expect(talk.events("aborted")).toBe("aborted client_close");
    talk.begin();
    hello();
    open();
    talk.close(EndReason.proxy_close);
    expect(talk.events("aborted")).toBe("aborted server_close");
    talk.begin();
    hello();
    open();
    talk.server("421 down\r\n").session.end(From.client);
    talk.close();
    expect(talk.events("aborted")).toBe("aborted client_close");
  });
});

describe("The greeting", () => {
  beforeEach(() => {
    begin();
  });

  it("makes the session opaque when it is none of SMTP", () => {
    talk.server("* OK IMAP\r\n").client("A LOGIN\r\n").close();
    expect(talk.events()).toBe(
      "started; greeted invalid; answered connect other 0; opaque not_smtp; ended not_smtp none 0",
    );
    expect(unread()).toBe("9 11");
  });

  it("leaves unread what was held until it came", () => {
    talk.client("NOOP\r\nDATA\r\nx\r\n.").server("SSH\r\n").client("y");
    expect(unread()).toBe("5 5");
    begin();
    talk.client("EHLO").server("2").server("x").client("y");
    expect(unread()).toBe("5 2");
    begin();
    talk.client("\r\n\r\n").server("* OK\r\n");
    expect(unread()).toBe("4 6");
    begin();
    talk.server("220-mx").client("\x16").client("\x03");
    expect(unread()).toBe("2 6");
  });

  it("is judged from its first octet on, however it comes", () => {
    talk.server("2").server("2").server("x\r\n").close();
    expect(talk.events("greeted")).toBe("greeted invalid");
    expect(unread()).toBe("0 5");
  });

  it("is none when nothing came", () => {
    talk.close();
    expect(talk.events()).toBe("started; unanswered connect; greeted none; ended proxy_close none 0");
    talk.begin().server("22").close();
    expect(talk.events("greeted")).toBe("greeted none");
  });

  it("is what an early talker did not wait for", () => {
    talk.client("E").lines("S: 220 hi\nC: HLO x\nS: 250 ok").close();
    expect(talk.events("anomaly")).toBe("anomaly early_talker");
    talk.begin().client("EHLO x\r\n").close();
    expect(talk.events("anomaly")).toBe("anomaly early_talker");
    talk.begin().client("EHLO x\r\n").lines("S: 220 hi\nS: 250-mx.example\nS: 250 PIPECONNECT").close();
    expect(talk.events("anomaly")).toBe("");
    talk.begin().server("220-hi\r\n").client("NOOP\r\n").server("220 hi\r\n").close();
    expect(talk.events("anomaly")).toBe("anomaly early_talker");
  });
});

describe("The first bytes of the client", () => {
  beforeEach(() => {
    begin();
  });

  it("may be TLS", () => {
    talk.client("\x16").client("\x03\x01abc").server("\x15\x03").close();
    expect(talk.events("opaque tls anomaly greeted")).toBe(
      "tls handshake_seen; opaque tls_first; tls alert_seen; greeted none",
    );
    expect(unread()).toBe("6 2");
    talk.begin().server("220 hi\r\n").client("\x16\x03\x01").server("\x16\x03").server("\x15").close();
    expect(talk.events("opaque tls anomaly greeted")).toBe(
      "greeted 2xx; anomaly tls_to_cleartext; tls handshake_seen; opaque tls_first",
    );
  });

  it("may be HTTP", () => {
    talk.server("220 hi\r\n").client("GET / HTTP/1.1\r\nHost: x\r\n").close();
    expect(talk.events("opaque anomaly sent")).toBe("anomaly http_to_smtp; opaque not_smtp");
    expect(unread()).toBe("25 0");
    talk.begin().client("NOOP\r\nGET / HTTP/1.1\r\n").close();
    expect(talk.events("opaque sent anomaly")).toBe(
      "sent noop; sent other; anomaly pipeline_bad_order; anomaly early_talker",
    );
  });

  it("may be a PROXY preamble, version 1 or 2, which is nobody's early talk", () => {
    talk.client("PROXY TCP4 192.0.2.1 192.0.2.2 4711 25\r\n").lines("S: 220 hi\nC: NOOP").close();
    expect(talk.events("proxy sent anomaly")).toBe("proxy 1; sent noop");
    talk.begin().client(PROXY_V2).lines("S: 220 hi\nC: NOOP").close();
    expect(talk.events("proxy sent anomaly")).toBe("proxy 2; sent noop");
    talk
      .begin()
      .client(PROXY_V2 + "NOOP\r\n")
      .close();
    expect(talk.events("proxy sent anomaly")).toBe("proxy 2; sent noop; anomaly early_talker");
  });

  it("may be a PROXY preamble in front of TLS or HTTP", () => {
    talk.client(PROXY_V2 + "\x16\x03\x01").close();
    expect(talk.events("proxy opaque")).toBe("proxy 2; opaque tls_first");
    talk.begin().client("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n").close();
    expect(talk.events("proxy opaque")).toBe("proxy 1; opaque not_smtp");
  });

  it("are not a second preamble, and none where it is not looked for", () => {
    talk.server("220 hi\r\n").client("PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n").close();
    expect(talk.events("proxy sent")).toBe("proxy 1; sent other");
    talk.settings.allowsProxy = false;
    talk.begin().server("220 hi\r\n").client("PROXY UNKNOWN\r\n").close();
    expect(talk.events("proxy sent")).toBe("sent other");
    talk.begin().server("220 hi\r\n").client(PROXY_V2).close();
    expect(talk.events("proxy sent")).toBe("sent other; sent other; sent other; sent quit");
  });

  it("are commands when they only began like a preamble", () => {
    talk.server("220 hi\r\n").client("\r\n").client("NOOP\r\n").close();
    expect(talk.events("sent")).toBe("sent other; sent noop");
  });
});

describe("An opaque session", () => {
  it("looks at one octet of the server for an alert", () => {
    begin();
    talk.client("\x16\x03");
    expect(talk.session.skips(From.server)).toBe(0);
    talk.server("\x16");
    expect(talk.session.skips(From.server)).toBe(u64.MAX_VALUE);
    talk.close();
  });

  it("takes no bytes that are not there", () => {
    begin();
    talk.session.read(From.client, bytes(""));
    talk.session.read(From.server, bytes(""));
    talk.client("\x16\x03").session.read(From.server, bytes(""));
    expect(talk.session.skips(From.server)).toBe(0);
    talk.close();
  });
});
