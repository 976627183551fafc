// However bytes are cut into pieces, a session reports the same; and what it reports adds up.
import { Budget } from "../../../../assembly/bytes/budget";
import { Slice } from "../../../../assembly/bytes/slice";
import { Dice, EventLog, part, peerOf, Pieces } from "../../../shared/__tests__/support";
import { From } from "../../../shared/session/peers";
import { Session } from "../../../shared/session/session";
import { bytes, Talk } from "../../__tests__/support";
import { EndReason, SmtpObserver } from "../observer";
import { SmtpSession } from "../session";

/** What both peers say in turn, each step behind "|" and begun by C or S. */
const SCRIPTS: string[] = [
  "S220 mx.example\r\n|CEHLO x\r\n|S250-mx.example\r\n250-PIPELINING\r\n250 SIZE 1000\r\n|CMAIL FROM:<a@client.example> SIZE=20\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n|S250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n|CSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n|S250 2.0.0 ok\r\n221 bye\r\n",
  "S220 hi\r\n|CEHLO x\r\n|S250 ok\r\n|CMAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\na\n.\r\nMAIL FROM:<>\r\n.\nb\0\rc\r\n.\r\nRSET\r\n|S250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n250 ok\r\n",
  "S220 hi\r\n|CDATA\r\nRSET\r\nSubject: x\r\n|S554 no\r\n250 ok\r\n500 what\r\n",
  "S220 hi\r\n|CMAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n|S250 ok\r\n250 ok\r\n354 go\r\n|Cx\r\n.\nRSET\r\nNOOP\r\n|S250 accepted\r\n250 ok\r\n250 ok\r\n",
  "S220 hi\r\n|CEHLO x\r\n|S250-x\r\n250 STARTTLS\r\n|CSTARTTLS\r\n|S220 go\r\n|C\x16\x03\x01\x00abc|S\x16\x03\x01",
  "S220 hi\r\n|CSTARTTLS\r\nRSET\r\n|S220 go\r\n250 injected\r\n|C\x16\x03\x01|S\x15\x03",
  "S220 hi\r\n|CSTARTTLS\r\n|S220 go\r\n250 early\r\n|CNOOP\r\n|S250 ok\r\n",
  "C\x16\x03\x01\x00|S220 hi\r\n",
  "C\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c123456789012NOOP\r\n|S220 hi\r\n250 ok\r\n",
  "CPROXY TCP4 192.0.2.1 192.0.2.2 4711 25\r\n|S220 hi\r\n|CNOOP\r\n|S250 ok\r\n",
  "S220 hi\r\n|C\r\n\r\n\0\r\nNOOP\r\n|S500 a\r\n500 b\r\n500 c\r\n250 d\r\n",
  "S220 hi\r\n|CGET / HTTP/1.1\r\nHost: x\r\n\r\n|S500 what\r\n",
  "S22x no\r\n|CNOOP\r\n",
  "S220 hi\r\n|CAUTH LOGIN\r\neA==\r\neA==\r\nNOOP\r\n|S334 a\r\n334 b\r\n235 ok\r\n250 ok\r\n",
  "S220 hi\r\n|CAUTH GSSAPI x\r\n|S235 ok\r\n|C\x00\x00\x00\x05abcde|S\x00\x00",
  "S220 hi\r\n|CAUTH NTLM\r\n|S334 x\r\n|C*\r\n|S501 no\r\n|CQUIT\r\n|S221 bye\r\n",
  "S220 hi\r\n|CEHLO x\r\n|S250-x\r\n250 CHUNKING\r\n|CMAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\n|S250 ok\r\n250 ok\r\n|CBDAT 8\r\nRSET\r\n\r\nBDAT 5 LAST\r\n\r\n.\r\nNOOP\r\n|S250 ok\r\n250 ok\r\n250 ok\r\n",
  "S220 hi\r\n|CBDAT 6\r\nRSET\r\nNOOP\r\n|S502 no\r\n250 ok\r\n250 ok\r\n",
  "S220 hi\r\n|CXEXCH50 6 2\r\nRSET\r\nNOOP\r\n|S354 go\r\n250 ok\r\n250 ok\r\n",
  "S220 hi\r\n|CLHLO x\r\n|S250 x\r\n|CMAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<c@mx.example>\r\nDATA\r\nx\r\n.\r\n|S250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 b\r\n452 4.2.2 c\r\n",
  "S220 hi\r\n|CMAIL FROM:<> PRDR\r\nRCPT TO:<b@mx.example>\r\nDATA\r\nx\r\n.\r\n|S250 ok\r\n250 ok\r\n354 go\r\n353 each\r\n550 5.1.1 b\r\n250 done\r\n",
  "S220-a\r\n220-b\r\ntext\r\n220 c\r\n|CTURN\r\n|S250 ok\r\n220 hi\r\n|S250 x",
  "S220 hi\r\n|CEHLO x\r\n|S250-x\r\n250 AUTH PLAIN\r\n|CAUTH PLAIN x\r\nBDAT 3 LAST\r\nabcMAIL FROM:<> SIZE=1\r\nRCPT TO:<b@mx.example>\r\n|S535 no\r\n500 no\r\n250 ok\r\n550 no\r\n",
  "S421 busy\r\n|CNOOP\n\0\r\xe9\r\n|S250-a\0\r\n250-b\rc\r\n550 5.x d\n250 unasked\r\n",
];

const talk = new Talk();
/** Steps of a script, as bytes; the first is C or S. */
function stepsOf(script: string): Slice[] {
  const all = script.split("|");
  const steps: Slice[] = [];
  for (let i = 0; i < all.length; i++) steps.push(bytes(all[i]));
  return steps;
}

class SmtpPieces extends Pieces {
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
    talk.close(EndReason.proxy_close);
    if (talk.held != 0) this.log.say("BUFFERS HELD");
  }
}

const pieces = new SmtpPieces();

const CLIENT: string[] = [
  "EHLO x\r\n",
  "LHLO x\r\n",
  "HELO x\r\n",
  "MAIL FROM:<a@client.example> SIZE=5\r\n",
  "MAIL FROM:<> PRDR SMTPUTF8\r\n",
  "RCPT TO:<b@mx.example>\r\n",
  "RCPT TO:<b@mx.example>\r\n",
  "DATA\r\n",
  "DATA\r\n",
  "x\r\n.\r\n",
  ".\r\n",
  "y\n.\n",
  "\n.\r\n",
  "\r\n",
  "BDAT 9\r\n",
  "BDAT 3 LAST\r\nabc",
  "BDAT x\r\n",
  "BURL imap:x LAST\r\n",
  "RSET\r\n",
  "NOOP\n",
  "QUIT\r\n",
  "FOO \0\xff\r\n",
  "AUTH PLAIN x\r\n",
  "AUTH GSSAPI\r\n",
  "*\r\n",
  "STARTTLS\r\n",
  "XEXCH50 4 2\r\n",
  "XCLIENT x\r\n",
  "TURN\r\n",
  "VRFY x\r\n",
  "\x16\x03\x01",
  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
];

const SERVER: string[] = [
  "220 hi\r\n",
  "220 hi\r\n",
  "250 ok\r\n",
  "250 ok\r\n",
  "250 2.0.0 ok\r\n",
  "250-x\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 STARTTLS\r\n",
  "250-x\r\n250 PIPECONNECT\r\n",
  "250-x\r\n",
  "334 x\r\n",
  "353 each\r\n",
  "354 go\r\n",
  "354 go\r\n",
  "354 go\r\n",
  "235 ok\r\n",
  "421 down\r\n",
  "452 4.2.2 full\r\n",
  "500 what\r\n",
  "502 no\r\n",
  "550 5.1.1 no\r\n",
  "650 what\n",
  "no code\r\n",
  "\x15",
];

function randomScript(dice: Dice): string {
  let script = "S220 hi\r\n";
  for (let n = 1 + dice.throw(30); n > 0; n--) {
    const isServer = dice.throw(2) == 0;
    script += isServer ? "|S" : "|C";
    const list = isServer ? SERVER : CLIENT;
    for (let m = 1 + dice.throw(4); m > 0; m--) script += list[dice.throw(list.length)];
  }
  return script;
}

/** What must hold of the events of every session; the first thing that does not, or "". */
function imbalance(): string {
  const recorder = talk.recorder;
  if (recorder.tally("started") != 1 || recorder.tally("ended ") != 1) return "sessions";
  if (recorder.tally("greeted ") != 1) return "greetings";
  if (recorder.tally("opaque ") > 1) return "opaque";
  const settled = recorder.tally("answered ") + recorder.tally("unanswered ");
  if (settled != recorder.tally("sent ") + 1) return "commands";
  if (recorder.tally("recipient ") != recorder.tally("sent rcpt")) return "recipients";
  if (recorder.tally("transaction\n") != recorder.tally("closed ")) return "transactions";
  const rejected = recorder.tally("rejected ") - recorder.tally("rejected mail");
  if (rejected != recorder.tally("closed rejected")) return "rejections";
  if (recorder.tally("aborted ") != recorder.tally("closed aborted")) return "aborts";
  if (recorder.tally("auth ") != recorder.tally("auth-ended ")) return "auth";
  const eod = recorder.tally("message ") - recorder.tally("message bdat") - recorder.tally("message burl");
  if (eod > recorder.tally("sent eod")) return "messages";
  return "";
}

/** Listens to nothing. */
class Deaf extends SmtpObserver {}

describe("A session", () => {
  it("reports the same whole, byte by byte, cut anywhere, and with octets skipped", () => {
    for (let i = 0; i < SCRIPTS.length; i++) {
      const steps = stepsOf(SCRIPTS[i]);
      pieces.whole(steps);
      expect(imbalance()).toBe("", SCRIPTS[i]);
      expect(pieces.difference(steps)).toBe("", SCRIPTS[i]);
    }
  });

  it("reports what adds up, the same in any pieces, whatever is said", () => {
    const dice = new Dice(20_260);
    for (let round = 0; round < 1_000; round++) {
      const script = randomScript(dice);
      const steps = stepsOf(script);
      pieces.whole(steps);
      const problem = imbalance();
      if (problem != "") expect(script).toBe("", "does not add up: " + problem);
      const difference = pieces.differenceByChance(steps, dice);
      if (difference != "") expect(script).toBe("", difference);
    }
  });

  it("does with an observer that listens to nothing", () => {
    const session = new SmtpSession(new Deaf(), talk.around, talk.settings);
    expect(session.firstLook).toBe(i32.MAX_VALUE);
    for (let i = 0; i < SCRIPTS.length; i++) {
      const steps = stepsOf(SCRIPTS[i]);
      session.begin();
      for (let at = 0; at < steps.length; at++) {
        session.read(peerOf(steps[at]), part(steps[at], 1, steps[at].length));
      }
      session.observer.bytes(From.server, 1);
      session.end(From.server);
      session.close(EndReason.proxy_close);
      expect(talk.held).toBe(0, SCRIPTS[i]);
    }
  });

  it("needs no more memory than a session before needed", () => {
    const steps = stepsOf(SCRIPTS[1]);
    pieces.byByte(steps);
    const used = Budget.used;
    for (let i = 0; i < 100; i++) pieces.byByte(steps);
    expect(Budget.used).toBe(used);
  });
});
