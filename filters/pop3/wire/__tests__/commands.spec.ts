import { characters } from "../../../shared/__tests__/support";
import { MECHANISMS } from "../../../shared/wire/mechanisms";
import { bytes } from "../../__tests__/support";
import { Command } from "../commands";
import { Login, LOGINS, mayBeWrapped, showsPassword } from "../logins";
import { VERBS } from "../verbs";

const command = new Command();

/** What a line is: verb, how it logs in, name, and what else is known. */
function read(line: string): string {
  command.parse(bytes(line));
  let text = VERBS[command.verb];
  if (command.isLogin) text += " by " + LOGINS[command.login];
  if (!command.name.isEmpty) text += " as " + characters(command.name);
  if (command.isMultiline) text += " in lines";
  if (command.isTransmit) text += " transmits";
  return text;
}

describe("Command", () => {
  it("knows every verb, whatever the case", () => {
    const known = "user pass apop auth stls capa utf8 lang stat list uidl retr top dele noop rset quit".split(
      " ",
    );
    for (let i = 0; i < known.length; i++) {
      command.parse(bytes(known[i]));
      expect(VERBS[command.verb]).toBe(known[i]);
      command.parse(bytes(known[i].toUpperCase() + " 1"));
      expect(VERBS[command.verb]).toBe(known[i]);
    }
    expect(known.length).toBe(VERBS.length - 3);
  });

  it("takes everything else for other", () => {
    const others = [
      "",
      " ",
      " STAT",
      "STA",
      "STATS",
      "TOPS",
      "TO",
      "LAST",
      "XTND",
      "XCLIENT ADDR=1",
      "connect",
      "\0\0\0\0",
    ];
    for (let i = 0; i < others.length; i++) expect(read(others[i])).toBe("other", others[i]);
  });

  it("knows which answers have many lines", () => {
    expect(read("RETR 1")).toBe("retr in lines");
    expect(read("TOP 1 0")).toBe("top in lines");
    expect(read("CAPA")).toBe("capa in lines");
    expect(read("LIST")).toBe("list in lines");
    expect(read("LIST \t")).toBe("list in lines");
    expect(read("LIST 1")).toBe("list");
    expect(read("UIDL")).toBe("uidl in lines");
    expect(read("UIDL 5")).toBe("uidl");
    expect(read("LANG")).toBe("lang in lines");
    expect(read("LANG de")).toBe("lang");
    expect(read("AUTH")).toBe("auth in lines");
    expect(read("STAT")).toBe("stat");
  });

  it("knows how a client logs in", () => {
    expect(read("USER joe@example.net more")).toBe("user as joe@example.net");
    expect(read("PASS secret")).toBe("pass by user_pass");
    expect(read("PASS")).toBe("pass by user_pass");
    expect(read("APOP mrose c4c9334bac560ecc979e58001b3e22fb")).toBe("apop by apop as mrose");
    expect(read("AUTH PLAIN AGEAYg==")).toBe("auth by plain");
    expect(read("auth cram-md5")).toBe("auth by cram_md5");
    expect(read("AUTH X")).toBe("auth by other");
    expect(read("NOOP")).toBe("noop");
  });

  it("knows a client that is going to send a message", () => {
    expect(read("XTND XMIT")).toBe("other transmits");
    expect(read("xtnd xmit rcpt")).toBe("other transmits");
    expect(read("XTND XLST")).toBe("other");
    expect(read("XMIT XMIT")).toBe("other");
  });
});

describe("Login", () => {
  it("goes on with the mechanisms of SASL", () => {
    expect(LOGINS.slice(Login.sasl).join(" ")).toBe(MECHANISMS.join(" "));
  });

  it("knows which of them show a password, and which may wrap what follows", () => {
    let shown = "";
    let wrapping = "";
    for (let i = 0; i < LOGINS.length; i++) {
      if (showsPassword(<Login>i)) shown += LOGINS[i] + " ";
      if (mayBeWrapped(<Login>i)) wrapping += LOGINS[i] + " ";
    }
    expect(shown).toBe("user_pass plain login ");
    expect(wrapping).toBe("digest_md5 ntlm gssapi other ");
  });
});
