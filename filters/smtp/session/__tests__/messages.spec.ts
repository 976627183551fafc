import { Budget } from "../../../../assembly/bytes/budget";
import { From } from "../../../shared/session/peers";
import { LIMBO_BYTES, PIPELINE } from "../../__tests__/support";
import { begin, data, hello, open, talk, xs } from "./stage";

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

  it("is followed by lines of a refused body, parked again or not", () => {
    talk.client("DATA\r\nx\r\nAUTH is\r\ny\r\nBDAT 3\r\n1\r\nz\r\nSTARTTLS\r\nw\r\n");
    talk.server("554 no\r\n500 no\r\n").client("late\r\n");
    talk.server("503 no\r\n500 no\r\n503 no\r\n500 no\r\n220 go\r\n").client("NOOP\r\nfoo\r\n");
    expect(talk.events("sent")).toBe(
      "sent data; sent other; sent auth; sent other; sent bdat; sent other; sent starttls; sent noop; sent other",
    );
    expect(talk.recorder.tally("anomaly body_as_commands")).toBe(3);
  });

  it("leaves unread what is parked when the session ends", () => {
    talk.client("DATA\r\nx\r\n.\r\n").close();
    expect(talk.events("sent unanswered closed")).toBe("sent data; unanswered data; closed aborted");
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
