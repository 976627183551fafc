// However bytes are cut into pieces, a session reports the same; and what it reports adds up.
import { Slice } from "../../../../assembly/bytes/slice";
import { Dice, EventLog, Pieces } from "../../../shared/__tests__/support";
import { Session } from "../../../shared/session/session";
import { bytes, Talk } from "../../__tests__/support";
import { VERBS } from "../../wire/verbs";

/** What both peers say in turn, each step behind "|" and begun by C or S. */
const SCRIPTS: string[] = [
  "S+OK hi\r\n|CCAPA\r\n|S+OK\r\nTOP\r\nSTLS\r\nSASL PLAIN\r\n.\r\n|CUSER a\r\nPASS b\r\nSTAT\r\n|S+OK\r\n+OK\r\n+OK 2 320\r\n|CRETR 1\r\nDELE 1\r\nQUIT\r\n|S+OK\r\na: b\r\n\r\n..dot\r\n...\r\n.\r\n+OK\r\n+OK bye\r\n",
  "S+OK hi\n|CRETR 1\nLIST\n|S+OK\na\n.\n+OK\r\n1 2\n.\r\n.\r\n-ERR\r\n",
  "S+OK hi\r\n|CRETR 1\r\nTOP 1 0\r\n|S+OK\r\na\n.\r\n\0\r..\r\n.\nb\r\n.\r\n-ERR no\r\n",
  "S+OK hi\r\n|CAUTH LOGIN\r\neA==\r\neA==\r\nNOOP\r\n|S+ a\r\n+ b\r\n+OK\r\n-ERR\r\n",
  "S+OK hi\r\n|CAUTH GSSAPI x\r\n|S+OK\r\n|C\x00\x00\x00\x05abcde|S\x00\x00",
  "S+OK hi\r\n|CSTLS\r\n|S+OK go\r\n|C\x16\x03\x01\x00abc|S\x16\x03\x01",
  "S+OK hi\r\n|CSTLS\r\nNOOP\r\n|S+OK go\r\n+OK injected\r\n|C\x16\x03\x01|S\x15\x03",
  "S+OK hi\r\n|CSTLS\r\n|S+OK go\r\n+OK early\r\n|CNOOP\r\n|S-ERR\r\n",
  "C\x16\x03\x01\x00|S+OK hi\r\n",
  "C\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c123456789012NOOP\r\n|S+OK hi\r\n-ERR\r\n",
  "CPROXY TCP4 192.0.2.1 192.0.2.2 4711 110\r\n|S+OK hi\r\n|CCAPA\r\n|S+OK\r\n.\r\n",
  "S+OK hi\r\n|C\r\n\r\n\0\r\nNOOP\r\n|S-ERR a\r\n-ERR b\r\n-ERR c\r\n-ERR d\r\n",
  "S+OK hi\r\n|CGET / HTTP/1.1\r\nHost: x\r\n\r\n|S-ERR what\r\n",
  "S-ERx no\r\n|CNOOP\r\n",
  "S+OK hi\r\n|CXFOO\r\nNOOP\r\n|S+OK\r\nline\r\n..\r\n.\r\n-ERR\r\nstray\r\n+OK\r\n",
  "S+OK hi\r\n|CXTND XMIT\r\n|S+OK go\r\n|CSubject: x\r\n|S+OK\r\n",
  "S+OK hi\r\n|CRETR 1\r\n|S+OK\r\nunfinished\r\n.",
];

const talk = new Talk();

class Pop3Pieces extends Pieces {
  protected get session(): Session {
    return talk.session;
  }

  protected get log(): EventLog {
    return talk.recorder.log;
  }

  protected begin(): void {
    talk.recorder.clear();
    talk.begin();
  }

  protected end(): void {
    talk.close();
    if (talk.held != 0) this.log.say("BUFFERS HELD");
  }
}

const pieces = new Pop3Pieces();

const CLIENT: string[] = [
  "USER a\r\n",
  "PASS b\r\n",
  "APOP a b\r\n",
  "AUTH\r\n",
  "AUTH PLAIN x\r\n",
  "AUTH GSSAPI\r\n",
  "*\r\n",
  "STLS\r\n",
  "CAPA\r\n",
  "UTF8\r\n",
  "LANG\r\n",
  "STAT\r\n",
  "LIST\r\n",
  "LIST 1\n",
  "UIDL\r\n",
  "RETR 1\r\n",
  "RETR 1\r\n",
  "TOP 1 0\r\n",
  "DELE 1\r\n",
  "NOOP\n",
  "RSET\r\n",
  "QUIT\r\n",
  "\r\n",
  "FOO \0\xff\r\n",
  "XTND XMIT\r\n",
  "\x16\x03\x01",
  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
];

const SERVER: string[] = [
  "+OK\r\n",
  "+OK\r\n",
  "+OK\r\n",
  "+OK 2 320\r\n",
  "+OK\n",
  "-ERR\r\n",
  "-ERR [AUTH] no\r\n",
  "+ x\r\n",
  ".\r\n",
  ".\r\n",
  ".\r\n",
  "..x\r\n",
  "a line of text, a line of text, a line of text\r\n",
  "STLS\r\nPIPELINING\r\n",
  "odd\n.\n",
  "\0\r\r\n",
];

/** Steps of a script, as bytes; the first is C or S. */
function stepsOf(script: string): Slice[] {
  const all = script.split("|");
  const steps: Slice[] = [];
  for (let i = 0; i < all.length; i++) steps.push(bytes(all[i]));
  return steps;
}

/** What does not add up in the report, or "". */
function imbalance(): string {
  const recorder = talk.recorder;
  for (let i = 0; i < VERBS.length; i++) {
    const verb = VERBS[i] + " ";
    const sent = i == 0 ? 1 : recorder.tally("sent " + VERBS[i] + "\n");
    const ended = recorder.tally("answered " + verb) + recorder.tally("unanswered " + VERBS[i] + "\n");
    if (sent != ended) return `${sent} of ${verb} sent, ${ended} ended`;
  }
  if (recorder.tally("login ") != recorder.tally("login-ended ")) return "logins without a result";
  if (recorder.tally("sent retr") != recorder.tally("retrieval ")) return "retrievals without an outcome";
  if (recorder.tally("greeted ") != 1) return "not one greeting";
  if (recorder.tally("ended ") != 1) return "not one end";
  return recorder.tally("BUFFERS HELD") == 0 ? "" : "buffers held";
}

describe("pieces", () => {
  it("do not matter", () => {
    for (let i = 0; i < SCRIPTS.length; i++) {
      const steps = stepsOf(SCRIPTS[i]);
      pieces.whole(steps);
      expect(imbalance()).toBe("", SCRIPTS[i]);
      expect(pieces.difference(steps)).toBe("", SCRIPTS[i]);
    }
  });

  it("do not matter in talk at random", () => {
    const dice = new Dice(7);
    for (let run = 0; run < 1_500; run++) {
      const steps: Slice[] = dice.throw(4) == 0 ? [] : [bytes("S+OK\r\n")];
      for (let i = 0; i < 12; i++) {
        const isClient = dice.throw(2) == 0;
        let said = isClient ? "C" : "S";
        for (let j = 0; j <= dice.throw(4); j++) {
          said += isClient ? CLIENT[dice.throw(CLIENT.length)] : SERVER[dice.throw(SERVER.length)];
        }
        steps.push(bytes(said));
      }
      pieces.whole(steps);
      expect(imbalance()).toBe("");
      expect(pieces.differenceByChance(steps, dice)).toBe("");
    }
  });
});
