import { part } from "../../../shared/__tests__/support";
import { bytes } from "../../__tests__/support";
import { EXTENSIONS } from "../extensions";
import { CLASSES, classOf, codeOf, GreetingCheck, GreetingVerdict, Reply, ReplyClass } from "../replies";

let reply = new Reply();

/** Lines joined by "|": code and number of lines of each complete reply. */
function replies(lines: string): string {
  const all = lines.split("|");
  const found: string[] = [];
  for (let i = 0; i < all.length; i++) {
    if (!reply.add(bytes(all[i]))) continue;
    found.push(`${reply.code}/${reply.lines}${reply.isMixed ? " mixed" : ""}`);
  }
  return found.join("; ");
}

/** The enhanced status of a one-line reply, or "-". */
function status(line: string): string {
  reply.add(bytes(line));
  return reply.hasStatus ? `${reply.statusClass}.${reply.statusSubject}.${reply.statusDetail}` : "-";
}

/** What a reply offers. */
function offers(lines: string): string {
  replies(lines);
  const found: string[] = [];
  for (let i = 0; i < EXTENSIONS.length; i++) if ((reply.offers & (1 << i)) != 0) found.push(EXTENSIONS[i]);
  return found.join(" ") + (reply.offersMasked ? " masked" : "");
}

const VERDICTS: string[] = ["undecided", "smtp", "foreign"];
const check = new GreetingCheck();

function greeting(said: string): string {
  check.begin();
  return VERDICTS[check.look(bytes(said))];
}

/** The verdict byte by byte, with the place of the byte that decided. */
function decided(said: string): string {
  const input = bytes(said);
  check.begin();
  for (let i = 0; i < input.length; i++) {
    const verdict = check.look(part(input, i, i + 1));
    if (verdict != GreetingVerdict.undecided) return `${VERDICTS[verdict]} at ${i}`;
  }
  return "undecided";
}

describe("Reply", () => {
  beforeEach(() => {
    reply = new Reply();
  });

  it("is complete with a line that does not go on", () => {
    expect(replies("250 ok")).toBe("250/1");
    expect(replies("250")).toBe("250/1");
    expect(replies("250ok")).toBe("250/1");
    expect(replies("250-a|250-b|250 c")).toBe("250/3");
    expect(replies("250-a|250")).toBe("250/2");
    expect(replies("354 a|250 b")).toBe("354/1; 250/1");
  });

  it("is not answered by a line without a code", () => {
    expect(replies("hello")).toBe("");
    expect(replies("")).toBe("");
    expect(replies("25")).toBe("");
    expect(replies("2x0 ok|250 ok")).toBe("250/1");
  });

  it("takes a line without a code into a reply that has begun", () => {
    expect(replies("250-a|text||250 b")).toBe("250/4");
  });

  it("has the code of its last line", () => {
    expect(replies("250-a|550 b")).toBe("550/2 mixed");
    expect(replies("250-a|550-b|250 c")).toBe("250/3 mixed");
    expect(replies("250-a|550 b|220 c")).toBe("550/2 mixed; 220/1");
  });

  it("can be forgotten halfway", () => {
    expect(replies("250-a")).toBe("");
    reply.reset();
    expect(replies("550 b")).toBe("550/1");
  });

  it("counts its lines", () => {
    expect(replies("250-x|".repeat(199) + "250 x")).toBe("250/200");
  });

  it("reads the enhanced status of its last line", () => {
    expect(status("250 2.1.0 ok")).toBe("2.1.0");
    expect(status("450 4.7.100 later")).toBe("4.7.100");
    expect(status("550 5.123.999")).toBe("5.123.999");
    expect(status("550 5.1.1\ttab")).toBe("5.1.1");
    reply.add(bytes("550-5.1.1 first"));
    expect(status("550 5.7.1 last")).toBe("5.7.1");
  });

  it("reads none where it is not as it should be", () => {
    expect(status("250 ok")).toBe("-");
    expect(status("250")).toBe("-");
    expect(status("250  2.1.0")).toBe("-");
    expect(status("250 3.1.0 ok")).toBe("-");
    expect(status("250 2,1.0")).toBe("-");
    expect(status("250 2..0")).toBe("-");
    expect(status("250 2.1")).toBe("-");
    expect(status("250 2.1.")).toBe("-");
    expect(status("250 2.1.x")).toBe("-");
    expect(status("250 2.1.0.1")).toBe("-");
    expect(status("250 2.1.0x")).toBe("-");
    expect(status("250 2.1234.0")).toBe("-");
    expect(status("250 2.1.1234")).toBe("-");
    expect(status("550 5.1.1 no")).toBe("5.1.1");
    expect(status("250 ok")).toBe("-");
  });

  it("collects the offers of all lines but the first", () => {
    expect(offers("250-SIZE|250-PIPELINING|250 8BITMIME")).toBe("pipelining 8bitmime");
    expect(offers("250 SIZE")).toBe("");
    expect(offers("250-mx.example|250-X-ONE|250-X-TWO|250 AUTH=LOGIN")).toBe("auth other");
    expect(offers("250-mx.example|no code|250 DSN")).toBe("dsn");
    expect(offers("250-mx.example|250")).toBe("");
  });

  it("sees a masked keyword in any line but the first", () => {
    expect(offers("250-mx.example|250-XXXXXXXA|250 SIZE")).toBe("size other masked");
    expect(offers("250-XXXXXXXA|250 SIZE")).toBe("size");
    expect(offers("250-mx.example|250 SIZE")).toBe("size");
  });
});

describe("classOf", () => {
  it("goes by the first digit", () => {
    expect(CLASSES[classOf(200)]).toBe("2xx");
    expect(CLASSES[classOf(299)]).toBe("2xx");
    expect(CLASSES[classOf(300)]).toBe("3xx");
    expect(CLASSES[classOf(399)]).toBe("3xx");
    expect(CLASSES[classOf(400)]).toBe("4xx");
    expect(CLASSES[classOf(499)]).toBe("4xx");
    expect(CLASSES[classOf(500)]).toBe("5xx");
    expect(CLASSES[classOf(599)]).toBe("5xx");
    expect(CLASSES[classOf(199)]).toBe("other");
    expect(CLASSES[classOf(600)]).toBe("other");
    expect(CLASSES[classOf(0)]).toBe("other");
  });

  it("is the class of a reply", () => {
    replies("450 x");
    expect(reply.replyClass).toBe(ReplyClass.transient);
  });
});

describe("codeOf", () => {
  it("is three digits in front", () => {
    expect(codeOf(bytes("000"))).toBe(0);
    expect(codeOf(bytes("999 x"))).toBe(999);
    expect(codeOf(bytes("2505"))).toBe(250);
    expect(codeOf(bytes("25"))).toBe(-1);
    expect(codeOf(bytes("x50"))).toBe(-1);
    expect(codeOf(bytes("2x0"))).toBe(-1);
    expect(codeOf(bytes("25x"))).toBe(-1);
    expect(codeOf(bytes(" 250"))).toBe(-1);
  });
});

describe("GreetingCheck", () => {
  it("takes 2xx, 4xx and 5xx and a space, a hyphen or the line end", () => {
    expect(greeting("220 mx.example")).toBe("smtp");
    expect(greeting("421-")).toBe("smtp");
    expect(greeting("554\r")).toBe("smtp");
    expect(greeting("220\n")).toBe("smtp");
  });

  it("takes nothing else", () => {
    expect(decided("* OK IMAP")).toBe("foreign at 0");
    expect(decided("320 x")).toBe("foreign at 0");
    expect(decided("2\n")).toBe("foreign at 1");
    expect(decided("22x")).toBe("foreign at 2");
    expect(decided("220x")).toBe("foreign at 3");
    expect(decided("2200")).toBe("foreign at 3");
    expect(decided("+OK POP3")).toBe("foreign at 0");
    expect(decided("\x15\x03")).toBe("foreign at 0");
  });

  it("waits for four octets", () => {
    expect(greeting("")).toBe("undecided");
    expect(greeting("22")).toBe("undecided");
    expect(greeting("220")).toBe("undecided");
    expect(decided("220 x")).toBe("smtp at 3");
  });
});
