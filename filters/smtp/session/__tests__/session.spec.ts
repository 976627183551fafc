import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { From } from "../../../shared/session/peers";
import { bytes, LIMBO_BYTES, LINE_BYTES, PIPELINE, Talk } from "../../__tests__/support";
import { EndReason } from "../observer";

/** A PROXY protocol version 2 preamble without addresses. */
const PROXY_V2: string = "\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00";

let talk = new Talk();

/** A session of its own, with all the memory that there is. */
function begin(): void {
  Budget.limit = DEFAULT_MEMORY_BYTES;
  talk = new Talk();
  talk.begin();
}

/** A greeting and an EHLO that offers what a space-separated list says; its events are dropped. */
function hello(extensions: string = "PIPELINING"): void {
  talk.server("220 mx.example\r\n").client("EHLO client.example\r\n").server("250-mx.example\r\n");
  const list = extensions.split(" ");
  for (let i = 0; i < list.length; i++) {
    talk.server((i < list.length - 1 ? "250-" : "250 ") + list[i] + "\r\n");
  }
  talk.events();
}

/** A transaction with an accepted recipient. */
function open(parameters: string = ""): void {
  talk.client("MAIL FROM:<a@client.example> " + parameters + "\r\nRCPT TO:<b@mx.example>\r\n");
  talk.server("250 ok\r\n250 ok\r\n");
  talk.events();
}

/** A DATA that is answered 354. */
function data(): void {
  talk.client("DATA\r\n").server("354 go\r\n");
  talk.events();
}

/** Why the session ended. */
function reason(unseen: EndReason = EndReason.proxy_close): string {
  return talk.close(unseen).events("ended").split(" ")[1];
}

/** Octets passed unread: from the client, from the server. */
function unread(): string {
  return `${talk.recorder.log.unreadClient} ${talk.recorder.log.unreadServer}`;
}

/** So many octets. */
function xs(count: i32): string {
  return "x".repeat(count);
}

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

describe("A command line", () => {
  beforeEach(() => {
    begin();
    hello();
  });

  it("shows its oddities", () => {
    talk.client("NOOP\n").server("250 ok\r\n");
    expect(talk.events("anomaly")).toBe("anomaly bare_lf_command");
    talk.client("NOOP \0\r\n").server("250 ok\r\n");
    expect(talk.events("anomaly")).toBe("anomaly nul");
    talk.client("NOOP\r.\r\n").server("250 ok\r\n");
    expect(talk.events("anomaly")).toBe("anomaly bare_cr");
    talk.client("NOOP \xe9\r\n").server("250 ok\r\n");
    expect(talk.events("anomaly")).toBe("anomaly eight_bit_without_smtputf8");
    open("SMTPUTF8");
    talk.client("RCPT TO:<\xe9@mx.example>\r\n");
    expect(talk.events("anomaly")).toBe("");
  });

  it("may be too long", () => {
    talk.client("NOOP " + xs(LINE_BYTES - 5) + "\r\n").server("250 ok\r\n");
    expect(talk.events("anomaly cap")).toBe("");
    talk.client("NOOP " + xs(LINE_BYTES - 4) + "\r\n").server("250 ok\r\n");
    expect(talk.events("anomaly cap sent")).toBe("anomaly long_command; cap line; sent noop");
  });

  it("is one too many past the cap", () => {
    for (let i: u32 = 1; i < PIPELINE; i++) talk.client("RSET\r\n");
    expect(talk.events("cap")).toBe("");
    talk.client("RSET\r\n");
    expect(talk.events("cap")).toBe("");
    talk.client("RSET\r\nRSET\r\n").close();
    expect(talk.events("cap opaque ended")).toBe("cap pipeline; opaque limit; ended desync esmtp 0");
    expect(talk.recorder.tally("unanswered rset")).toBe(PIPELINE);
    expect(unread()).toBe("6 0");
  });

  it("ends the reading when there is no memory for it", () => {
    Budget.limit = Budget.used;
    talk.client("NO");
    expect(talk.events("cap opaque")).toBe("cap memory; opaque limit");
  });

  it("ends the reading when there is no memory to remember it", () => {
    talk.settings.pipeline = 1_000_000;
    talk = new Talk(talk.settings);
    talk.begin();
    Budget.limit = 0;
    for (let i = 0; i < 10_000 && talk.recorder.tally("opaque") == 0; i++) talk.client("RSET\r\n");
    expect(talk.events("cap opaque")).toBe("cap memory; opaque limit");
  });

  it("ends the reading when there is no memory for a session", () => {
    const others: Talk[] = [];
    Budget.limit = 0;
    for (let i = 0; i < 10_000 && talk.recorder.tally("opaque") == 0; i++) {
      others.push(talk);
      talk = new Talk(talk.settings);
      talk.begin();
    }
    expect(talk.events()).toBe("started; unanswered connect; cap memory; opaque limit");
    expect(talk.close().events()).toBe("greeted none; ended desync none 0");
    for (let i = 0; i < others.length; i++) others[i].close();
  });
});

describe("A reply", () => {
  beforeEach(() => {
    begin();
    hello();
  });

  it("shows the oddities of its lines", () => {
    talk.server("250-a\0\r\n250-b\rc\r\n250 d\n");
    expect(talk.events("anomaly")).toBe("anomaly nul; anomaly bare_cr; anomaly reply_unmatched");
    talk.server("250 " + xs(LINE_BYTES - 4) + "\r\n");
    expect(talk.events("anomaly cap")).toBe("anomaly reply_unmatched");
    talk.server("250 " + xs(LINE_BYTES - 3) + "\r\n");
    expect(talk.events("anomaly cap")).toBe("anomaly long_reply; cap line; anomaly reply_unmatched");
  });

  it("ends the reading when there is no memory for it", () => {
    talk.settings.replyLines.dispose();
    Budget.limit = Budget.used;
    talk.server("25");
    expect(talk.events("cap opaque")).toBe("cap memory; opaque limit");
    Budget.limit = DEFAULT_MEMORY_BYTES;
    talk.close();
  });
});

describe("DATA", () => {
  beforeEach(() => {
    begin();
    hello();
    open();
  });

  it("is followed by a body once it is answered 354", () => {
    data();
    talk.client("x\r\n.\r\nRSET\r\n").server("250 ok\r\n");
    expect(talk.events("sent message closed")).toBe(
      "sent eod; message data 3/6 to 1; sent rset; closed committed",
    );
  });

  it("is followed by nobody knows what until it is answered", () => {
    talk.client("DATA\r\nx\r\n.\r\nRSET\r\n");
    expect(talk.events("sent")).toBe("sent data");
    talk.server("354 go\r\n");
    expect(talk.events("sent anomaly message")).toBe(
      "anomaly data_before_354; sent eod; message data 3/6 to 1; sent rset",
    );
  });

  it("is followed by commands when it is refused", () => {
    talk.client("DATA\r\nRSET\r\nSubject: x\r\n").server("554 no\r\n").client("MAIL FROM:<>\r\nFOO\r\n");
    expect(talk.events("sent anomaly")).toBe(
      "sent data; sent rset; anomaly body_as_commands; sent other; sent mail; sent other",
    );
  });

  it("leaves unread what is parked when the session ends", () => {
    talk.client("DATA\r\nx\r\n.\r\n").close();
    expect(talk.events("sent unanswered closed")).toBe("sent data; closed aborted; unanswered data");
    expect(talk.held).toBe(0);
  });

  it("is followed by a body when more comes than can be parked", () => {
    talk.client("DATA\r\n" + xs(LIMBO_BYTES) + "y\r\n.\r\nRSET\r\n");
    expect(talk.events("sent anomaly cap")).toBe(
      "sent data; cap limbo; anomaly limbo_overflow; anomaly data_before_354; sent eod; sent rset; " +
        "anomaly pipeline_bad_order",
    );
    talk.server("354 go\r\n250 ok\r\n250 ok\r\n");
    expect(talk.events("answered message closed")).toBe(
      "answered data 3xx 354; message data 259/262 to 1; answered eod 2xx 250; closed committed; " +
        "answered rset 2xx 250",
    );
  });

  it("is lost step when it is refused after all", () => {
    talk
      .client("DATA\r\n" + xs(LIMBO_BYTES + 1))
      .server("554 no\r\n")
      .close();
    expect(talk.events("opaque closed rejected ended")).toBe(
      "closed rejected; rejected data 5xx; opaque desync; ended desync esmtp 1",
    );
  });

  it("ends the reading when nothing can be parked", () => {
    Budget.limit = Budget.used;
    talk.client("DATA\r\nx");
    expect(talk.events("cap opaque")).toBe("cap memory; opaque limit");
  });

  it("may end where only the server sees the end", () => {
    data();
    talk.client("x\r\n.\nMAIL FROM:<evil@client.example>\r\n").server("250 ok\r\n250 ok\r\n");
    expect(talk.events("sent answered message anomaly closed transaction")).toBe(
      "anomaly eod_noncanonical_accepted; anomaly bare_lf_body; anomaly eod_ambiguous; anomaly smuggling_suspected; " +
        "sent eod; message data 3/5 to 1; sent mail; answered eod 2xx 250; " +
        "closed committed; answered mail 2xx 250; transaction",
    );
  });

  it("goes on when a reply comes without a candidate, or 421 with one", () => {
    data();
    talk.client("x\r\n").server("250 what\r\n").client("y\n.\n").server("421 down\r\n").client("\r\n.\r\n");
    expect(talk.events("sent message unsolicited")).toBe(
      "unsolicited 250; unsolicited 421; sent eod; message data 8/12 to 1",
    );
  });

  it("is rejected by a refusal that nobody asked for", () => {
    data();
    talk.client("x\r\n").server("452 full\r\n").close();
    expect(talk.events("rejected")).toBe("rejected data 4xx");
  });

  it("loses step when more followed the end than could be kept", () => {
    data();
    talk
      .client("x\r\n.\n" + xs(LIMBO_BYTES + 1) + "\r\n")
      .server("250 ok\r\n")
      .close();
    expect(talk.events("cap opaque answered closed")).toBe(
      "cap limbo; answered eod 2xx 250; closed committed; opaque desync",
    );
  });

  it("cannot end beyond the cap of replies", () => {
    talk.client("DATA\r\n" + xs(LIMBO_BYTES + 1) + "\r\n.\r\n");
    for (let i: u32 = 2; i < PIPELINE; i++) talk.client("RSET\r\n");
    expect(talk.events("opaque")).toBe("");
    talk.client("RSET\r\n");
    expect(talk.events("opaque")).toBe("opaque limit");
  });
});

describe("STARTTLS", () => {
  beforeEach(() => {
    begin();
    hello("STARTTLS");
  });

  it("is followed by TLS, which is not read", () => {
    open();
    talk
      .client("STARTTLS\r\n")
      .server("220 go\r\n")
      .client("\x16\x03\x01")
      .server("\x16\x03")
      .client("abc")
      .close();
    expect(talk.events("tls opaque aborted ended")).toBe(
      "tls requested; tls accepted; aborted starttls; tls handshake_seen; opaque starttls; ended tls esmtp 1",
    );
    expect(unread()).toBe("6 2");
  });

  it("is followed by TLS that came before the reply", () => {
    talk.client("STARTTLS\r\n\x16\x03\x01").server("220 go\r\n\x15");
    expect(talk.events("tls anomaly opaque")).toBe(
      "tls requested; tls accepted; tls handshake_seen; opaque starttls; tls alert_seen",
    );
    expect(unread()).toBe("3 1");
  });

  it("may be X-ANONYMOUSTLS", () => {
    talk.client("X-ANONYMOUSTLS\r\n").server("220 go\r\n").client("\x16");
    expect(talk.events("tls opaque")).toBe(
      "tls requested; tls accepted; tls handshake_seen; opaque starttls",
    );
  });

  it("is followed by commands when it is refused", () => {
    talk.client("STARTTLS\r\nNOOP\r\n").server("454 later\r\n250 ok\r\n");
    expect(talk.events("sent answered anomaly")).toBe(
      "sent starttls; answered starttls 4xx 454; sent noop; answered noop 2xx 250",
    );
  });

  it("is followed by commands when TLS ended further out, and they are not in clear text", () => {
    talk.client("STARTTLS\r\n").server("220 go\r\n").client("EHLO x\r\nAUTH PLAIN x\r\n");
    talk.server("250 ok\r\n235 ok\r\n");
    expect(talk.events("sent opaque password-in-clear anomaly")).toBe(
      "sent starttls; sent ehlo; sent auth; anomaly pipeline_not_offered; anomaly pipeline_bad_order",
    );
  });

  it("is not opaque when nothing follows", () => {
    talk.client("STARTTLS\r\n").server("220 go\r\n").session.end(From.server);
    expect(reason()).toBe("server_close");
  });

  it("drops what was sent before its reply", () => {
    talk.client("STARTTLS\r\nRSET\r\n").server("220 go\r\n").client("\x16\x03");
    expect(talk.events("sent anomaly opaque")).toBe(
      "sent starttls; anomaly starttls_command_injection; opaque starttls",
    );
    expect(unread()).toBe("8 0");
  });

  it("shows what the server sent before the handshake", () => {
    talk.client("STARTTLS\r\n").server("220 go\r\n250 injected\r\n").client("\x16\x03").server("\x15");
    expect(talk.events("replied anomaly opaque tls")).toBe(
      "tls requested; replied 220; tls accepted; anomaly starttls_response_injection; tls handshake_seen; " +
        "opaque starttls",
    );
    expect(unread()).toBe("2 15");
  });

  it("reads what the server sent when no handshake follows", () => {
    talk.client("STARTTLS\r\n").server("220 go\r\n250 early\r\n").client("NOOP\r\n").server("250 ok\r\n");
    expect(talk.events("replied sent anomaly")).toBe(
      "sent starttls; replied 220; replied 250; anomaly reply_unmatched; sent noop; replied 250",
    );
  });

  it("ends the reading when the server sends more than can be parked", () => {
    talk
      .client("STARTTLS\r\n")
      .server("220 go\r\n" + xs(LIMBO_BYTES + 1))
      .close();
    expect(talk.events("cap opaque")).toBe("cap limbo; opaque limit");
    talk.begin();
    hello("STARTTLS");
    talk.client("STARTTLS\r\n").server("220 go\r\n");
    talk.settings.limbos.dispose();
    Budget.limit = Budget.used;
    talk.server("x");
    Budget.limit = DEFAULT_MEMORY_BYTES;
    expect(talk.events("cap opaque")).toBe("cap memory; opaque limit");
  });
});

describe("AUTH", () => {
  beforeEach(() => {
    begin();
    hello("AUTH");
  });

  it("is read line by line", () => {
    talk.lines("C: AUTH LOGIN\nS: 334 VXNlcg==\nC: eA==\nS: 334 UGFzcw==\nC: eA==\nS: 235 ok\nC: NOOP");
    expect(talk.events("sent auth auth-ended")).toBe(
      "sent auth; auth login; sent auth_response; sent auth_response; auth-ended login success; sent noop",
    );
  });

  it("can be cancelled", () => {
    talk.lines("C: AUTH LOGIN\nS: 334 VXNlcg==\nC: *\nS: 501 cancelled\nC: NOOP");
    expect(talk.events("sent auth-ended")).toBe(
      "sent auth; sent auth_response; auth-ended login cancelled; sent noop",
    );
  });

  it("is followed by nobody knows what until it is answered", () => {
    talk.client("AUTH LOGIN\r\neA==\r\neA==\r\nNOOP\r\n");
    expect(talk.events("sent")).toBe("sent auth");
    talk.lines("S: 334 VXNlcg==\nS: 334 UGFzcw==\nS: 235 ok\nS: 250 ok");
    expect(talk.events("sent auth-ended answered")).toBe(
      "answered auth 3xx 334; sent auth_response; answered auth_response 3xx 334; sent auth_response; " +
        "answered auth_response 2xx 235; auth-ended login success; sent noop; answered noop 2xx 250",
    );
  });

  it("ends the reading when more comes than can be parked", () => {
    talk.client("AUTH LOGIN\r\n" + xs(LIMBO_BYTES + 5)).close();
    expect(talk.events("cap opaque auth-ended")).toBe("cap limbo; auth-ended login aborted; opaque limit");
    expect(unread()).toBe("261 0");
  });

  it("shows oddities of its lines, but no long command", () => {
    talk.lines("C: AUTH LOGIN\nS: 334 VXNlcg==").client("\0\xe9\n").server("334 x\r\n");
    expect(talk.events("anomaly")).toBe(
      "anomaly bare_lf_command; anomaly nul; anomaly eight_bit_without_smtputf8",
    );
    talk.client(xs(12_288) + "\r\n").server("334 x\r\n");
    expect(talk.events("anomaly cap")).toBe("");
    talk.client(xs(12_289) + "\r\n").server("535 no\r\n");
    expect(talk.events("anomaly cap")).toBe("anomaly auth_line_too_long");
  });

  it("may be followed by a layer that cannot be read", () => {
    talk.lines("C: AUTH GSSAPI x\nS: 235 ok").client("\0\0\0\x20");
    expect(talk.events("opaque")).toBe("opaque sasl");
    expect(unread()).toBe("4 0");
  });

  it("is followed by commands when they begin with a letter, or no layer is possible", () => {
    talk.lines("C: AUTH GSSAPI x\nS: 235 ok\nC: NOOP\nS: 250 ok");
    expect(talk.events("sent opaque")).toBe("sent auth; sent noop");
    talk.lines("C: AUTH PLAIN x\nS: 235 ok").client("\0\r\n");
    expect(talk.events("sent opaque")).toBe("sent auth; sent other");
  });

  it("gives up without memory for its lines", () => {
    Budget.limit = 0;
    for (let i = 0; i < 5_000 && talk.recorder.tally("opaque") == 0; i++) {
      talk.client("AUTH LOGIN\r\n").server("334 x\r\n").client("eA==\r\n").server("535 no\r\n");
      if (i == 0) expect(talk.recorder.tally("opaque")).toBe(0);
      talk.client("NOOP\r\n".repeat(3)).server("250 ok\r\n");
    }
    Budget.limit = DEFAULT_MEMORY_BYTES;
    expect(talk.recorder.tally("opaque")).toBe(1);
  });
});

describe("BDAT", () => {
  beforeEach(() => {
    begin();
    hello("CHUNKING");
    open();
  });

  it("is followed by its octets, whatever they are", () => {
    talk.client("BDAT 12\r\nRSET\r\n.\r\n\0\r\n\nRSET\r\n").server("250 ok\r\n250 ok\r\n");
    expect(talk.events("sent anomaly")).toBe(
      "sent bdat; anomaly bare_lf_command; sent other; anomaly pipeline_not_offered; sent rset; anomaly unknown_command",
    );
  });

  it("has octets that need not be seen", () => {
    expect(talk.session.skips(From.client)).toBe(0);
    talk.client("BDAT 1000 LAST\r\nabc");
    expect(talk.session.skips(From.client)).toBe(997);
    talk.session.skip(From.client, 997);
    expect(talk.session.skips(From.client)).toBe(0);
    talk.client("RSET\r\n").server("250 ok\r\n250 ok\r\n");
    expect(talk.events("sent message closed")).toBe(
      "sent bdat; message bdat 1000/1000 chunks 1 to 1; sent rset; closed committed",
    );
  });

  it("may have no octets", () => {
    talk.client("BDAT 0 LAST\r\nRSET\r\n").server("250 ok\r\n250 ok\r\n");
    expect(talk.events("sent message")).toBe("sent bdat; message bdat 0/0 chunks 1 to 1; sent rset");
  });

  it("has none when its size cannot be read", () => {
    talk.client("BDAT x\r\nRSET\r\n").server("501 no\r\n250 ok\r\n");
    expect(talk.events("sent anomaly")).toBe(
      "sent bdat; anomaly bdat_invalid_size; sent rset; anomaly pipeline_not_offered",
    );
  });

  it("skips its octets though it is refused", () => {
    talk.client("BDAT 6\r\n").server("452 full\r\n").client("RSET\r\nNOOP\r\n").server("250 ok\r\n");
    expect(talk.events("sent")).toBe("sent bdat; sent noop");
  });

  it("is followed by nobody knows what when it is not on offer", () => {
    hello("SIZE");
    talk.client("BDAT 6\r\nRSET\r\nNOOP\r\n");
    expect(talk.events("sent")).toBe("sent bdat");
    talk.server("250 ok\r\n");
    expect(talk.events("sent anomaly")).toBe("anomaly bdat_not_offered; anomaly data_before_rcpt; sent noop");
    talk.server("250 ok\r\n").client("BDAT 6\r\nRSET\r\n").server("502 no\r\n");
    expect(talk.events("sent")).toBe("sent bdat; sent rset");
    talk.server("250 ok\r\n").client("BDAT 6\r\n").server("500 no\r\n").client("RSET\r\n");
    expect(talk.events("sent")).toBe("sent bdat; sent rset");
  });

  it("goes on with octets that had not all come", () => {
    hello("SIZE");
    talk.client("BDAT 6\r\nRS").server("250 ok\r\n").client("ET\r\nNOOP\r\n");
    expect(talk.events("sent")).toBe("sent bdat; sent noop");
  });

  it("is on offer once the hello in front of it is answered", () => {
    hello("SIZE");
    talk.client("EHLO x\r\nBDAT 6\r\nRSET\r\nNOOP\r\n");
    expect(talk.events("sent")).toBe("sent ehlo; sent bdat");
    talk.server("250-mx.example\r\n250 CHUNKING\r\n");
    expect(talk.events("sent")).toBe("sent noop");
  });

  it("ends the reading when more comes than can be parked", () => {
    hello("SIZE");
    talk.client("BDAT 1000\r\n" + xs(LIMBO_BYTES + 1)).close();
    expect(talk.events("cap opaque")).toBe("cap limbo; opaque limit");
  });
});

describe("XEXCH50", () => {
  beforeEach(() => {
    begin();
    hello();
  });

  it("is followed by a block that is answered, too", () => {
    talk.client("XEXCH50 6 2\r\n").server("354 go\r\n").client("RSET").client("\r\nNOOP\r\n");
    talk.server("250 ok\r\n250 ok\r\n");
    expect(talk.events("sent answered")).toBe(
      "sent xexch50; answered xexch50 3xx 354; sent xexch50; sent noop; answered xexch50 2xx 250; " +
        "answered noop 2xx 250",
    );
  });

  it("is followed by nobody knows what until it is answered", () => {
    talk.client("XEXCH50 6 2\r\nRSET\r\nNOOP\r\n").server("354 go\r\n");
    expect(talk.events("sent")).toBe("sent xexch50; sent xexch50; sent noop");
  });

  it("is followed by commands when it is refused", () => {
    talk.client("XEXCH50 6 2\r\nRSET\r\n").server("504 no\r\n250 ok\r\n");
    expect(talk.events("sent")).toBe("sent xexch50; sent rset");
  });

  it("has its block behind it at once when that is empty", () => {
    talk.client("XEXCH50 0 2\r\nRSET\r\n").server("354 go\r\n");
    expect(talk.events("sent")).toBe("sent xexch50; sent xexch50; sent rset");
    talk.server("250 ok\r\n250 ok\r\n");
    talk.client("XEXCH50\r\n").server("354 go\r\n");
    expect(talk.events("sent")).toBe("sent xexch50; sent xexch50");
  });
});

describe("TURN", () => {
  it("turns the roles when it is answered 250", () => {
    begin();
    hello();
    talk
      .client("ATRN mx.example\r\n")
      .server("450 later\r\n")
      .client("TURN\r\n")
      .server("250 ok\r\n220 hi\r\n");
    expect(talk.events("sent opaque")).toBe("sent turn; sent turn; opaque turn");
    expect(talk.session.skips(From.client)).toBe(u64.MAX_VALUE);
    expect(talk.session.skips(From.server)).toBe(u64.MAX_VALUE);
    talk.session.skip(From.client, 7);
    talk.session.skip(From.server, 8);
    expect(unread()).toBe("7 16");
    talk.close();
  });
});

describe("An opaque session", () => {
  it("looks at one octet of the server for an alert", () => {
    talk = new Talk();
    talk.begin().client("\x16\x03");
    expect(talk.session.skips(From.server)).toBe(0);
    talk.server("\x16");
    expect(talk.session.skips(From.server)).toBe(u64.MAX_VALUE);
    talk.close();
  });

  it("takes no bytes that are not there", () => {
    begin();
    talk.session.onClientBytes(bytes(""));
    talk.session.onServerBytes(bytes(""));
    talk.client("\x16\x03").session.onServerBytes(bytes(""));
    expect(talk.session.skips(From.server)).toBe(0);
    talk.close();
  });
});
