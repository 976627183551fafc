// However bytes are cut into pieces, a session reports the same; and what it reports adds up.
import { Budget } from "../../../../assembly/bytes/budget";
import { Slice } from "../../../../assembly/bytes/slice";
import { Dice, EventLog, part, peerOf, Pieces } from "../../../shared/__tests__/support";
import {
  ANY,
  chars,
  control,
  entry,
  EQ,
  extended,
  hex,
  int,
  msg,
  result,
  saslBind,
  search,
  searchBody,
  simpleBind,
  STARTTLS,
  str,
  Talk,
  tightSettings,
  tlv,
} from "../../__tests__/support";
import { From } from "../../../shared/session/peers";
import { Session } from "../../../shared/session/session";
import { EndReason, LdapObserver } from "../observer";
import { LdapSession } from "../session";

const HELLO: string = "1603010004010000ff";
const AND: string = tlv("a0", EQ + tlv("a2", ANY) + tlv("a4", str("cn") + tlv("30", "800161820162")));
const DEEP: string = tlv("a0", tlv("a1", tlv("a2", tlv("a0", tlv("a1", tlv("a0", EQ))))));
const PAGED: string = control(
  "1.2.840.113556.1.4.319",
  "0101ff" + tlv("04", tlv("30", "020164" + str("cc"))),
);
const SIGNED: string = "050400ff000c00000000000000000001";
const CHECKSUM: string = "c".repeat(24);
const AD: string = "80090308: LdapErr: DSID-0C090446, AcceptSecurityContext error, data 52e, v1db1";

/** A SASL buffer of up to 255 octets. */
function buffer(token: string): string {
  return "000000" + tlv("", token);
}

/** What a client says … */
const CLIENT: string[] = [
  search(1),
  search(2, AND),
  search(3, DEEP),
  search(4, ANY, 0, PAGED),
  search(5, EQ, 2, control("2.16.840.1.113730.3.4.3", tlv("04", "3000"))),
  search(6, EQ, 2, control("1.3.6.1.4.1.4203.1.9.1.1", tlv("04", "30030a0103"))),
  search(1, tlv("a9", "8101788201798301618401ff")),
  search(2, tlv("a5", str("a") + str("b")) + "00"),
  search(2, tlv("bf", "00")),
  msg(3, searchBody("", 0, ANY, str("1.1"))),
  msg(3, searchBody("x".repeat(300), 1, ANY, str("*") + str("+") + str("y".repeat(140)))),
  "30840000002602010163840000001d04000a01000a0100020100020100010100870b6f626a656374436c617373308400000000",
  simpleBind(1, "cn=a", "x"),
  simpleBind(2, "", "", 2),
  saslBind(3, "PLAIN", tlv("04", "0061" + "0062")),
  saslBind(4, "GSSAPI", tlv("04", "cc".repeat(200))),
  saslBind(4, "", "0400"),
  msg(1, tlv("60", int(3) + str("a") + tlv("8a", "4e54"))),
  msg(2, tlv("60", int(3) + str("a") + tlv("80", "78") + "a000")),
  msg(3, tlv("66", str("dc=t") + tlv("30", ""))),
  msg(4, tlv("68", "2400")),
  msg(5, tlv("4a", chars("dc=t")), ""),
  msg(6, tlv("6e", str("dc=t") + "3000")),
  msg(1, tlv("50", "02")),
  msg(1, tlv("50", "0105")),
  msg(2, "4200"),
  extended(4, STARTTLS),
  extended(5, "1.3.6.1.1.8"),
  extended(0, "1.3.6.1.4.1.4203.1.11.3"),
  tlv("30", "02020001" + tlv("63", "0400")),
  tlv("30", "020201ff" + "4a00" + "a000" + "0500"),
  tlv("30", "02010742" + "00" + "05"),
  tlv("30", "0201074200a07f"),
  tlv("30", "020107" + "7a020000"),
  "3081050201014a00",
  "3005020109",
  "42",
  "00",
];

/** … and a server. */
const SERVER: string[] = [
  entry(1),
  entry(2),
  msg(3, tlv("64", str("cn=x") + tlv("30", "00".repeat(300)))),
  msg(1, tlv("73", str("ldap://x"))),
  msg(1, tlv("79", tlv("80", chars("1.3.6.1.4.1.4203.1.9.1.4")))),
  result(1, "65", 0),
  result(2, "65", 4),
  result(3, "65", 118),
  result(4, "65", 0, "", "x".repeat(200)),
  result(5, "65", 10, tlv("a3", str("ldap://x"))),
  result(6, "65", 32),
  msg(
    4,
    tlv("65", "0a0100" + "0400" + "0400"),
    control("1.2.840.113556.1.4.319", tlv("04", "300502010004 00")),
  ),
  result(1, "61", 0),
  result(1, "61", 49, "", AD),
  result(2, "61", 14, "8700"),
  result(3, "61", 14),
  result(3, "61", 0),
  result(4, "61", 0),
  result(3, "67", 0),
  result(4, "69", 68),
  result(5, "6b", 0),
  result(6, "6f", 5),
  result(4, "78", 0),
  result(4, "78", 2),
  result(5, "78", 0),
  result(0, "78", 52, tlv("8a", chars("1.3.6.1.4.1.1466.20036"))),
  result(7, "78", 0, tlv("8a", "x".repeat(0) + chars("1.2.3")) + "8b00"),
  msg(2, tlv("65", "0a020000")),
  search(1),
  "308401",
  "00",
];

/** What both peers say in turn, each step behind "|" and begun by C or S. */
const SCRIPTS: string[] = [
  "C" + search(1) + "|S" + entry(1) + entry(1) + result(1, "65", 0) + "|C" + msg(2, "4200"),
  "C" + CLIENT.slice(0, 12).join("") + "|S" + SERVER.slice(0, 12).join(""),
  "C" + CLIENT.slice(12, 36).join(""),
  "C" + extended(1, STARTTLS) + "|S" + result(1, "78", 0) + "|C" + HELLO + "|S" + HELLO,
  "C" + extended(1, STARTTLS) + search(2) + "|S" + result(2, "65", 0) + result(1, "78", 0) + "|C" + search(3),
  "C" + HELLO + "|S" + HELLO,
  "C" + search(1) + HELLO,
  "C" + chars("GET / HTTP/1.0\r\n"),
  "C" + chars("PROXY TCP4 192.0.2.1 192.0.2.2 4711 389\r\n") + search(1) + "|S" + result(1, "65", 0),
  "C0d0a0d0a000d0a515549540a2111000c000102030405060708090a0b" + search(1) + "|S15030100",
  "C0d0a0d0a000d0a515549540a11000000",
  "C" +
    saslBind(1, "GSSAPI") +
    "|S" +
    result(1, "61", 0) +
    "|C" +
    buffer(SIGNED + search(2) + CHECKSUM) +
    "|S" +
    buffer("050405ff000c000c0000000000000001" + CHECKSUM + entry(2) + result(2, "65", 0).slice(0, 8)) +
    buffer("050405ff000c000c0000000000000001" + CHECKSUM + result(2, "65", 0).slice(8)) +
    "|C" +
    buffer("050402ff001c000000000000" + "00".repeat(40)) +
    "aabbcc" +
    "|S" +
    "00000010",
  "C" +
    saslBind(1, "GSSAPI") +
    "|S" +
    result(1, "61", 0) +
    "|C" +
    buffer(tlv("60", "06092a864886f71201020202011100ffffffff" + "55".repeat(24) + search(2) + "01")) +
    buffer(tlv("60", "06092a864886f71201020202010000ffffffff" + "55".repeat(24) + search(3) + "0505050505")) +
    buffer("01000000" + "ab".repeat(12) + search(4)) +
    "0000000401020304",
  "C" + search(1).slice(0, 30) + "|S220d0a",
  "C3080",
  "C30870102030405060708",
];

const talk = new Talk(tightSettings());
/** Steps of a script, as bytes; the first is C or S. */
function stepsOf(script: string): Slice[] {
  const all = script.split("|");
  const steps: Slice[] = [];
  for (let i = 0; i < all.length; i++) {
    const peer = all[i].startsWith("S") ? "53" : "43";
    steps.push(hex(peer + all[i].substring(1)));
  }
  return steps;
}

class LdapPieces extends Pieces {
  protected get session(): Session {
    return talk.session;
  }

  protected get log(): EventLog {
    return talk.recorder.log;
  }

  protected begin(): void {
    talk.begin();
  }

  protected end(): void {
    talk.close(EndReason.proxy_close);
  }
}

const pieces = new LdapPieces();

function randomScript(dice: Dice): string {
  let script = "C" + CLIENT[dice.throw(CLIENT.length - 2)];
  for (let n = dice.throw(12); n > 0; n--) {
    const isServer = dice.throw(2) == 0;
    script += isServer ? "|S" : "|C";
    const list = isServer ? SERVER : CLIENT;
    for (let m = 1 + dice.throw(4); m > 0; m--) {
      // What loses sync comes last in the lists; it had better be rare.
      const at = dice.throw(12) > 0 ? dice.throw(list.length - 3) : dice.throw(list.length);
      script += mutated(list[at], dice);
    }
  }
  return script;
}

/** The octets, one time in ten with one of them replaced. */
function mutated(digits: string, dice: Dice): string {
  if (dice.throw(10) > 0) return digits;
  const at = 2 * dice.throw(digits.length / 2);
  const octets: string[] = ["00", "01", "30", "80", "84", "85", "a0", "ff", "7f", "02"];
  return digits.substring(0, at) + octets[dice.throw(octets.length)] + digits.substring(at + 2);
}

/** What must hold of the events of every session; the first thing that does not, or "". */
function imbalance(): string {
  const recorder = talk.recorder;
  if (recorder.tally("started") != 1 || recorder.tally("ended ") != 1) return "connections";
  if (recorder.tally("opaque ") > 1) return "opaque";
  const ended = recorder.tally("end ") + recorder.tally("unpersist ");
  if (recorder.tally("start ") + recorder.tally("persist ") != ended) return "operations";
  if (recorder.tally("persist ") != recorder.tally("unpersist ")) return "persistent operations";
  const silent = recorder.tally("request unbind") + recorder.tally("request abandon");
  if (recorder.tally("request ") - silent != ended) return "requests";
  if (recorder.tally("request ") != recorder.tally("message client")) return "messages";
  if (recorder.tally("bound ") > recorder.tally("bind ")) return "binds";
  let answered = 0;
  const kinds: string[] = [
    "bind",
    "search",
    "modify",
    "add",
    "delete",
    "moddn",
    "compare",
    "extended",
    "unknown",
  ];
  for (let i = 0; i < kinds.length; i++) {
    answered +=
      recorder.tally("end " + kinds[i] + " answered") + recorder.tally("end " + kinds[i] + " canceled");
  }
  answered += recorder.tally("unpersist search answered") + recorder.tally("unpersist search canceled");
  return recorder.tally("answered ") == answered ? "" : "responses";
}

/** Listens to nothing. */
class Deaf extends LdapObserver {}

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
    const dice = new Dice(20_261);
    for (let round = 0; round < 2_000; round++) {
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
    const session = new LdapSession(new Deaf(), talk.around, talk.settings);
    for (let i = 0; i < SCRIPTS.length; i++) {
      const steps = stepsOf(SCRIPTS[i]);
      session.begin();
      for (let at = 0; at < steps.length; at++) {
        session.read(peerOf(steps[at]), part(steps[at], 1, steps[at].length));
      }
      session.observer.bytes(From.server, 1);
      session.end(From.server);
      session.close(EndReason.proxy_close);
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
