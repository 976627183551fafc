// However little memory there is, a session goes on unread, holds nothing, and what it reports adds up.
import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Around } from "../../../shared/__tests__/support";
import { From } from "../../../shared/session/peers";
import { bytes, LIMBO_BYTES, LINE_BYTES, PIPELINE, Talk } from "../../__tests__/support";
import { EndReason, Pop3Observer } from "../observer";
import { Pop3Session } from "../session";
import { SessionSettings } from "../settings";

/** Steps that take memory, each of another kind: C or S, and what is said. */
const STEPS: string[] = [
  "S+O",
  "SK hi\r\n",
  "CCA",
  "CPA\r\nRETR 1\r\nNOOP\r\nNOOP\r\nNOOP\r\n",
  "S+OK\r\nTOP\r\n",
  "S.\r\n+OK\r\nhello\r\n.\r\n+OK\r\n+OK\r\n+OK\r\n",
  "CXFOO\r\n",
  "S+OK\r\nline\r\n.\r\n",
  "CAUTH PLAIN\r\nwaits",
  "S-ERR\r\n",
  "C\r\nSTLS\r\n",
  "S+OK\r\n+OK early\r\n",
  "CNOOP\r\n",
];

/** Says all of it; what is not read at the end of a session, it says. */
function play(talk: Talk): void {
  talk.recorder.clear();
  talk.begin();
  for (let i = 0; i < STEPS.length; i++) {
    if (STEPS[i].charAt(0) == "C") talk.client(STEPS[i].substring(1));
    else talk.server(STEPS[i].substring(1));
  }
  talk.close();
}

/** Every method as it is by default. */
class Silent extends Pop3Observer {}

describe("memory", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("may be refused anywhere", () => {
    const talk = new Talk();
    let refused = 0;
    let isWhole = false;
    for (let more: u64 = 0; !isWhole && more < 4_000; more += 24) {
      // What was granted stays in the pools, so each turn comes further than the one before.
      Budget.limit = Budget.used + more;
      play(talk);
      isWhole = talk.recorder.tally("cap memory") == 0;
      if (!isWhole) refused++;
      const sent = talk.recorder.tally("sent ") + 1;
      expect(talk.recorder.tally("answered ") + talk.recorder.tally("unanswered ")).toBe(sent);
      expect(talk.recorder.tally("ended ")).toBe(1);
      expect(talk.held).toBe(0);
    }
    expect(isWhole).toBe(true);
    expect(refused).toBeGreaterThan(5);
  });

  it("is given back when a configuration goes", () => {
    const settings = new SessionSettings(LINE_BYTES, PIPELINE, LIMBO_BYTES);
    const before = Budget.used;
    const buffer = settings.limbos.take();
    if (buffer !== null) settings.limbos.give(buffer);
    expect(Budget.used).toBeGreaterThan(before);
    settings.dispose();
    expect(Budget.used).toBe(before);
  });

  it("is bounded for what the server sends behind STLS, too", () => {
    const talk = new Talk();
    talk.begin().lines(`S: +OK
      C: STLS
      S: +OK`);
    talk.server("x".repeat(300)).close();
    expect(talk.events("cap opaque ended")).toBe("cap limbo; opaque limit; ended desync unread 0");
    expect(talk.recorder.log.unreadServer).toBe(300);
  });

  it("is not needed by who looks at nothing", () => {
    const session = new Pop3Session(new Silent(), new Around(), new SessionSettings(255, 24, 256));
    session.begin();
    for (let i = 0; i < STEPS.length; i++) {
      const from = STEPS[i].charAt(0) == "C" ? From.client : From.server;
      session.read(from, bytes(STEPS[i].substring(1)));
    }
    session.observer.bytes(From.client, 1);
    session.close(EndReason.proxy_close);
    expect(session.skips(From.client)).toBe(0);
  });

  it("is not needed by who looks at nothing of a login, of TLS, and of what is odd", () => {
    const session = new Pop3Session(new Silent(), new Around(), new SessionSettings(255, 24, 256));
    session.begin();
    session.read(From.server, bytes("+OK\r\n"));
    session.read(From.client, bytes("USER a\r\nPASS b\r\nSTAT\r\nDELE 1\r\nRETR 1\r\nNO\0OP\r\n"));
    session.read(From.server, bytes("+OK\r\n+OK\r\n+OK 1 2\r\n+OK\r\n+OK\r\n.\r\n-ERR\r\n+OK\r\n"));
    session.read(From.client, bytes("STLS\r\n"));
    session.read(From.server, bytes("+OK\r\n"));
    session.read(From.client, bytes("\x16\x03\x01"));
    session.close(EndReason.proxy_close);
    expect(session.skips(From.client)).toBe(u64.MAX_VALUE);
  });
});
