// How clients are let in: USER and PASS, APOP, AUTH, and TLS in front of them.
import { Talk } from "../../__tests__/support";

let talk = new Talk();

function greeted(): Talk {
  talk = new Talk();
  talk.begin().lines("S: +OK hi");
  talk.events();
  return talk;
}

const LOGIN: string = "login login-ended password-in-clear anomaly opaque ended";

describe("a login", () => {
  it("has one result by PASS, with the reason that the server gives", () => {
    greeted().client("USER a\r\nPASS b\r\nPASS c\r\nPASS d\r\nPASS e\r\nPASS f\r\nPASS g\r\n");
    talk.events();
    talk.server(
      "+OK\r\n-ERR [AUTH] no\r\n-ERR [IN-USE] x\r\n-ERR [LOGIN-DELAY] x\r\n-ERR [SYS/TEMP] x\r\n-ERR [SYS/PERM] x\r\n-ERR x\r\n",
    );
    talk.close();
    expect(talk.events("login-ended ended")).toBe(
      "login-ended user_pass failure; login-ended user_pass in_use; login-ended user_pass login_delay; " +
        "login-ended user_pass sys_temp; login-ended user_pass sys_perm; login-ended user_pass failure; ended proxy_close failed 0",
    );
  });

  it("has one result by APOP, and shows no password", () => {
    greeted().lines(`C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
      S: +OK maildrop has 1 message`);
    expect(talk.events(LOGIN)).toBe("login apop; login-ended apop success");
  });

  it("has one result by AUTH, however many lines it takes", () => {
    greeted().lines(`C: AUTH LOGIN
      S: + VXNlcm5hbWU6
      C: am9l
      S: + UGFzc3dvcmQ6
      C: c2VjcmV0
      S: +OK`);
    expect(talk.events("login login-ended password-in-clear sent answered")).toBe(
      "sent auth; login login; password-in-clear; answered auth continue; sent auth_response; " +
        "answered auth_response continue; sent auth_response; answered auth_response ok; login-ended login success",
    );
  });

  it("may come with its initial response, and be refused at once", () => {
    greeted().lines(`C: AUTH PLAIN AGpvZQBz
      S: -ERR [AUTH] no
      C: AUTH CRAM-MD5
      S: -ERR unknown`);
    expect(talk.events(LOGIN)).toBe(
      "login plain; password-in-clear; login-ended plain failure; login cram_md5; login-ended cram_md5 failure",
    );
  });

  it("may be cancelled", () => {
    greeted().lines(`C: AUTH PLAIN
      S: +
      C: *
      S: -ERR cancelled`);
    expect(talk.events(LOGIN)).toBe("login plain; password-in-clear; login-ended plain cancelled");
  });

  it("may be broken off", () => {
    greeted()
      .lines(
        `C: AUTH SCRAM-SHA-256 biws
      S: + cj1y`,
      )
      .close();
    expect(talk.events(LOGIN)).toBe("login scram; login-ended scram aborted; ended proxy_close failed 0");
    greeted().client("AUTH PLAIN\r\n*\r\n").server("+ \r\n").close();
    expect(talk.events(LOGIN)).toBe(
      "login plain; password-in-clear; login-ended plain cancelled; ended proxy_close failed 0",
    );
  });

  it("is not asked for by AUTH alone, which lists the mechanisms", () => {
    greeted().client("AUTH\r\nNOOP\r\n").server("+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n-ERR\r\n");
    expect(talk.events("login answered lines")).toBe(
      "lines auth 14/wire 17; answered auth ok; answered noop err",
    );
  });

  it("waits with what is sent behind AUTH until the reply says what it is", () => {
    greeted().client("AUTH PLAIN\r\nAGpvZQBz\r\nSTAT\r\n").server("-ERR no\r\n-ERR no\r\n-ERR no\r\n");
    expect(talk.events("sent")).toBe("sent auth; sent other; sent stat");
    greeted().client("AUTH PLAIN\r\nAGpvZQBz\r\nSTAT\r\n").server("+ \r\n+OK\r\n+OK 0 0\r\n");
    expect(talk.events("sent maildrop")).toBe("sent auth; sent auth_response; sent stat; maildrop 0 0");
    greeted()
      .client("AUTH PLAIN\r\n" + "x".repeat(300))
      .close();
    expect(talk.events("cap opaque ended")).toBe("cap limbo; opaque limit; ended desync unread 0");
    expect(talk.recorder.log.unreadClient).toBe(300);
  });

  it("may lead to a security layer", () => {
    greeted().lines(`C: AUTH GSSAPI x
      S: +OK`);
    talk.client("\x00\x00\x00\x05abcde").close();
    expect(talk.events("opaque login-ended ended")).toBe(
      "login-ended gssapi success; opaque sasl; ended proxy_close unread 0",
    );
    greeted().lines(`C: AUTH GSSAPI x
      S: +OK
      C: STAT
      S: +OK 1 2`);
    expect(talk.events("opaque maildrop")).toBe("maildrop 1 2");
  });

  it("tells names to who wants them", () => {
    greeted();
    talk.recorder.wantsNames = true;
    talk.lines(`C: USER joe
      S: +OK
      C: APOP jane x
      S: -ERR
      C: USER
      S: -ERR`);
    expect(talk.events("user")).toBe("user joe; user jane");
  });
});

describe("STLS", () => {
  it("makes the session opaque at the client's handshake", () => {
    greeted().lines(`C: CAPA
      S: +OK
      S: STLS
      S: .
      C: STLS
      S: +OK go`);
    talk.client("\x16\x03\x01abc").server("\x16\x03").close();
    expect(talk.events("tls opaque ended anomaly")).toBe(
      "tls offered; tls requested; tls accepted; tls handshake_seen; opaque stls; ended tls unread 0",
    );
    expect(talk.recorder.log.unreadClient).toBe(6);
    expect(talk.recorder.log.unreadServer).toBe(2);
  });

  it("shows a handshake that the server breaks off", () => {
    greeted().lines(`C: STLS
      S: +OK`);
    talk.client("\x16\x03\x01").server("\x15\x03\x01").close();
    expect(talk.events("tls")).toBe("tls requested; tls accepted; tls handshake_seen; tls alert_seen");
  });

  it("goes on in clear text after a refusal, and where TLS ends before", () => {
    greeted().lines(`C: STLS
      S: -ERR no
      C: USER a
      S: +OK
      C: PASS b
      S: +OK`);
    expect(talk.events("tls password-in-clear anomaly")).toBe(
      "tls requested; tls refused; password-in-clear",
    );
    greeted().lines(`C: STLS
      S: +OK`);
    talk.server("-ERR late\r\n").lines(`C: USER a
      S: +OK
      C: PASS b
      S: +OK`);
    expect(talk.events("tls password-in-clear unsolicited answered")).toBe(
      "tls requested; answered stls ok; tls accepted; unsolicited err; answered user ok; answered pass ok",
    );
  });

  it("shows what is smuggled in behind it", () => {
    greeted().client("STLS\r\nPASS x\r\n").server("+OK\r\n").client("\x16\x03\x01").close();
    expect(talk.events("anomaly sent opaque")).toBe(
      "sent stls; anomaly starttls_command_injection; opaque stls",
    );
    expect(talk.recorder.log.unreadClient).toBe(11);
    greeted().client("STLS\r\n").server("+OK\r\n+OK fake\r\n").client("\x16\x03\x01").close();
    expect(talk.events("anomaly")).toBe("anomaly starttls_response_injection");
    expect(talk.recorder.log.unreadServer).toBe(10);
  });

  it("may have been taken out of the capabilities", () => {
    greeted().lines(`C: CAPA
      S: +OK
      S: TOP
      S: XXXX
      S: .`);
    expect(talk.events("offers anomaly tls")).toBe("anomaly starttls_stripped_suspected; offers top other");
  });
});

describe("capabilities", () => {
  it("are those of the last CAPA; pipelining without the offer is odd", () => {
    greeted().client("NOOP\r\nNOOP\r\n").server("+OK\r\n+OK\r\n").lines(`C: CAPA
      S: +OK
      S: TOP
      S: SASL PLAIN
      S: RESP-CODES
      S: PIPELINING
      S: EXPIRE NEVER
      S: .`);
    talk.client("NOOP\r\nNOOP\r\n").server("-ERR\r\n-ERR\r\n");
    expect(talk.events("offers anomaly")).toBe(
      "offers top sasl resp_codes pipelining expire; anomaly wrong_state; anomaly wrong_state",
    );
    talk.lines(`C: CAPA
      S: +OK
      S: .`);
    talk.client("CAPA\r\nCAPA\r\n");
    expect(talk.events("offers anomaly")).toBe("offers; anomaly pipeline_not_offered");
  });
});
