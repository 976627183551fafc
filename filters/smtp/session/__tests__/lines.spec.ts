import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { LINE_BYTES, PIPELINE, Talk } from "../../__tests__/support";
import { another, begin, hello, open, talk, unread, xs } from "./stage";

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
    another();
    Budget.limit = 0;
    for (let i = 0; i < 10_000 && talk.recorder.tally("opaque") == 0; i++) talk.client("RSET\r\n");
    expect(talk.events("cap opaque")).toBe("cap memory; opaque limit");
  });

  it("ends the reading when there is no memory for a session", () => {
    const others: Talk[] = [];
    Budget.limit = 0;
    for (let i = 0; i < 10_000 && talk.recorder.tally("opaque") == 0; i++) {
      others.push(talk);
      another();
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
