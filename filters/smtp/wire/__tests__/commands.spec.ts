import { characters } from "../../../shared/__tests__/support";
import { bytes } from "../../__tests__/support";
import { Command, Parameter, startsWithTransactionCommand } from "../commands";
import { MECHANISMS } from "../../../shared/wire/mechanisms";
import { VERBS } from "../verbs";

const command = new Command();

const PARAMETERS: string[] =
  "size 8bitmime binarymime smtputf8 dsn deliverby futurerelease mt_priority requiretls prdr".split(" ");

/** Verb of a command line. */
function verb(line: string): string {
  command.parse(bytes(line));
  return VERBS[command.verb];
}

/** Parameters of an envelope command, and the size if there is one. */
function parameters(line: string): string {
  command.parse(bytes(line));
  const found: string[] = [];
  for (let i = 0; i < PARAMETERS.length; i++) {
    if ((command.parameters & (1 << i)) != 0) found.push(PARAMETERS[i]);
  }
  if ((command.parameters & Parameter.size) != 0) found.push(command.size.toString());
  return found.join(" ");
}

/** Address of an envelope command; `null sender` behind it where that is so. */
function address(line: string): string {
  command.parse(bytes(line));
  return `[${characters(command.address)}]${command.hasNullSender ? " null sender" : ""}`;
}

/** What BDAT, BURL and XEXCH50 announce. */
function chunk(line: string): string {
  command.parse(bytes(line));
  if (!command.hasSize) return command.isLast ? "INVALID AND LAST" : "invalid";
  return command.size.toString() + (command.isLast ? " last" : "");
}

function mechanism(line: string): string {
  command.parse(bytes(line));
  return MECHANISMS[command.mechanism];
}

/** Five octets as the body reader collects them. */
function head(characters: string): bool {
  return startsWithTransactionCommand(load<u64>(bytes(characters).start) & 0xff_ffff_ffff);
}

describe("Command", () => {
  it("ends the verb at the first octet up to the space", () => {
    expect(verb("NOOP")).toBe("noop");
    expect(verb("noop x")).toBe("noop");
    expect(verb("NOOP\rRSET")).toBe("noop");
    expect(verb("NOOP\0x")).toBe("noop");
    expect(verb("NOOP\tx")).toBe("noop");
  });

  it("is other with a blank in front, another octet in it, or without any", () => {
    expect(verb(" NOOP")).toBe("other");
    expect(verb("NO\x80OP")).toBe("other");
    expect(verb("NOOP:")).toBe("other");
    expect(verb("")).toBe("other");
    expect(verb("\r")).toBe("other");
  });

  it("finds the address in its brackets, with and without blanks", () => {
    expect(address("MAIL FROM:<a@client.example>")).toBe("[a@client.example]");
    expect(address("MAIL FROM: <a@client.example> SIZE=1")).toBe("[a@client.example]");
    expect(address("RCPT TO:\t<b@mx.example>")).toBe("[b@mx.example]");
    expect(address("rcpt to:b@mx.example NOTIFY=NEVER")).toBe("[b@mx.example]");
    expect(address("SEND FROM:<a@client.example>")).toBe("[a@client.example]");
  });

  it("finds the address across quoted brackets, blanks and backslashes", () => {
    expect(address('MAIL FROM:<"a >b"@client.example> SIZE=1')).toBe('["a >b"@client.example]');
    expect(address('MAIL FROM:<"a\\">b"@client.example>')).toBe('["a\\">b"@client.example]');
    expect(address("MAIL FROM:<a\\>b>")).toBe("[a\\]");
  });

  it("finds no address where there is none", () => {
    expect(address("MAIL")).toBe("[]");
    expect(address("MAIL FROM")).toBe("[]");
    expect(address("MAIL FROM <a@client.example>")).toBe("[]");
    expect(address("MAIL FROM:")).toBe("[]");
    expect(address("MAIL FROM:<a@client.example")).toBe("[a@client.example]");
    expect(address('MAIL FROM:<"a\\')).toBe('["a\\]');
    expect(address("NOOP FROM:<a@client.example>")).toBe("[]");
  });

  it("knows the null sender", () => {
    expect(address("MAIL FROM:<>")).toBe("[] null sender");
    expect(address("MAIL FROM: <> SIZE=1")).toBe("[] null sender");
    expect(address("MAIL FROM:<")).toBe("[]");
    expect(address("MAIL FROM:< >")).toBe("[ ]");
    expect(address("MAIL FROM:")).toBe("[]");
  });

  it("knows the parameters of MAIL", () => {
    expect(parameters("MAIL FROM:<> SIZE=1000")).toBe("size 1000");
    expect(parameters("MAIL FROM:<> size=0")).toBe("size 0");
    expect(parameters("MAIL FROM:<> BODY=8BITMIME")).toBe("8bitmime");
    expect(parameters("MAIL FROM:<> body=binarymime")).toBe("binarymime");
    expect(parameters("MAIL FROM:<> BODY=7BIT")).toBe("");
    expect(parameters("MAIL FROM:<> SMTPUTF8")).toBe("smtputf8");
    expect(parameters("MAIL FROM:<> RET=HDRS")).toBe("dsn");
    expect(parameters("MAIL FROM:<> ENVID=x")).toBe("dsn");
    expect(parameters("MAIL FROM:<> BY=120;R")).toBe("deliverby");
    expect(parameters("MAIL FROM:<> HOLDFOR=60")).toBe("futurerelease");
    expect(parameters("MAIL FROM:<> HOLDUNTIL=2030-01-01T00:00:00Z")).toBe("futurerelease");
    expect(parameters("MAIL FROM:<> MT-PRIORITY=3")).toBe("mt_priority");
    expect(parameters("MAIL FROM:<> REQUIRETLS")).toBe("requiretls");
    expect(parameters("MAIL FROM:<> PRDR")).toBe("prdr");
  });

  it("knows the parameters of RCPT", () => {
    expect(parameters("RCPT TO:<b@mx.example> NOTIFY=NEVER")).toBe("dsn");
    expect(parameters("RCPT TO:<b@mx.example> ORCPT=rfc822;b@mx.example")).toBe("dsn");
  });

  it("knows several at once, and none of any other name", () => {
    expect(parameters("MAIL FROM:<a@client.example>  SIZE=7\tBODY=8BITMIME SMTPUTF8 ")).toBe(
      "size 8bitmime smtputf8 7",
    );
    expect(parameters("MAIL FROM:<> AUTH=<> XY=1 FOO=1 ABCDE=1 ABCDEF=1 LONGNAME=1 ABCD=1 X")).toBe("");
    expect(parameters('MAIL FROM:<"SIZE=1 "@client.example>')).toBe("");
    expect(parameters("NOOP FROM:<> SIZE=1")).toBe("");
  });

  it("believes no size that is no number, or too large", () => {
    expect(parameters("MAIL FROM:<> SIZE=")).toBe("");
    expect(parameters("MAIL FROM:<> SIZE")).toBe("");
    expect(parameters("MAIL FROM:<> SIZE=1k")).toBe("");
    expect(parameters("MAIL FROM:<> SIZE=9007199254740992")).toBe("size 9007199254740992");
    expect(parameters("MAIL FROM:<> SIZE=9007199254740993")).toBe("");
    expect(parameters("MAIL FROM:<> SIZE=99999999999999999999999999")).toBe("");
  });

  it("reads the size of a BDAT chunk, whatever the blanks and the case", () => {
    expect(chunk("BDAT 1000")).toBe("1000");
    expect(chunk("bdat  1000\tlast")).toBe("1000 last");
    expect(chunk("BDAT 0 LAST ")).toBe("0 last");
    expect(chunk("BDAT 007")).toBe("7");
    expect(chunk("BDAT 9007199254740992")).toBe("9007199254740992");
  });

  it("takes every other BDAT for invalid", () => {
    expect(chunk("BDAT")).toBe("invalid");
    expect(chunk("BDAT LAST")).toBe("invalid");
    expect(chunk("BDAT -1")).toBe("invalid");
    expect(chunk("BDAT 9007199254740993 LAST")).toBe("invalid");
    expect(chunk("BDAT 10 LASTLY")).toBe("invalid");
    expect(chunk("BDAT 10 LAST 1")).toBe("invalid");
    expect(chunk("BDAT 10 20")).toBe("invalid");
    expect(command.size).toBe(0);
  });

  it("reads whether a BURL is the last", () => {
    expect(chunk("BURL imap://mx.example/x LAST")).toBe("0 last");
    expect(chunk("BURL imap://mx.example/x")).toBe("0");
    expect(chunk("BURL")).toBe("invalid");
  });

  it("reads the size of an XEXCH50 block", () => {
    expect(chunk("XEXCH50 1024 2")).toBe("1024");
    expect(chunk("XEXCH50")).toBe("invalid");
    expect(chunk("XEXCH50 x 2")).toBe("invalid");
  });

  it("reads the mechanism of AUTH and X-EXPS", () => {
    expect(mechanism("AUTH PLAIN AGEAYg==")).toBe("plain");
    expect(mechanism("auth login")).toBe("login");
    expect(mechanism("X-EXPS GSSAPI")).toBe("gssapi");
    expect(mechanism("AUTH")).toBe("other");
  });

  it("forgets the line before", () => {
    command.parse(bytes("BDAT 5 LAST"));
    expect(chunk("BURL x")).toBe("0");
    expect(address("MAIL FROM:<>")).toBe("[] null sender");
    expect(address("RSET")).toBe("[]");
    expect(parameters("MAIL FROM:<> SIZE=5 PRDR")).toBe("size prdr 5");
    expect(parameters("MAIL FROM:<>")).toBe("");
    expect(mechanism("AUTH PLAIN")).toBe("plain");
    expect(mechanism("AUTH")).toBe("other");
  });
});

describe("startsWithTransactionCommand", () => {
  it("takes nine commands and a space, a colon or a line end", () => {
    const names = "HELO EHLO LHLO MAIL RCPT DATA BDAT RSET QUIT".split(" ");
    for (let i = 0; i < names.length; i++) {
      expect(head(names[i] + " ")).toBe(true);
      expect(head(names[i].toLowerCase() + ":")).toBe(true);
      expect(head(names[i] + "\r")).toBe(true);
      expect(head(names[i] + "\n")).toBe(true);
      expect(head(names[i] + "x")).toBe(false);
    }
  });

  it("takes no other", () => {
    expect(head("NOOP ")).toBe(false);
    expect(head("\0\0\0\0 ")).toBe(false);
  });
});

describe("lines without a word", () => {
  it("are empty, white, or end before their first word at a NUL", () => {
    const blanks: string[] = ["", " ", " \t\v\f\r", "\0", " \0NOOP"];
    for (let i = 0; i < blanks.length; i++) {
      command.parse(bytes(blanks[i]));
      expect(command.isBlank).toBe(true, `[${blanks[i]}]`);
    }
  });

  it("are no others", () => {
    const words: string[] = ["NOOP", " NOOP", "\x01", "\t.", "NO\0OP", "\x7f"];
    for (let i = 0; i < words.length; i++) {
      command.parse(bytes(words[i]));
      expect(command.isBlank).toBe(false, `[${words[i]}]`);
    }
  });
});
