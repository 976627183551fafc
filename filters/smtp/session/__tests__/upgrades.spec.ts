import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { From } from "../../../shared/session/peers";
import { LIMBO_BYTES } from "../../__tests__/support";
import { begin, hello, open, reason, talk, unread, xs } from "./stage";

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

  it("leaves unread what it dropped, whatever ends the reading", () => {
    talk
      .client("STARTTLS\r\nRSET\r\n")
      .server("220 go\r\n")
      .server(xs(LIMBO_BYTES + 1));
    expect(unread()).toBe(`6 ${LIMBO_BYTES + 1}`);
    begin();
    hello("STARTTLS");
    talk.client("STARTTLS\r\nRSET\r\n").server("220 go\r\n").client("TURN\r\n").server("250 ok\r\nx");
    expect(unread()).toBe("0 1");
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
