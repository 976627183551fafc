import { bytes } from "../../__tests__/support";
import { Verb, verbOf, VERBS } from "../verbs";

/** Name of the verb that the whole text spells. */
function verb(name: string): string {
  const word = bytes(name);
  return VERBS[verbOf(word.start, word.length)];
}

/** Commands, and the verb that each is. */
const SPELLINGS: string[] =
  "HELO EHLO LHLO MAIL RCPT DATA BDAT RSET QUIT NOOP VRFY EXPN HELP AUTH STARTTLS ETRN TURN ATRN BURL XCLIENT XFORWARD X-EXPS X-ANONYMOUSTLS XEXCH50 SEND SOML SAML".split(
    " ",
  );
const MEANINGS: string[] =
  "helo ehlo lhlo mail rcpt data bdat rset quit noop vrfy expn help auth starttls etrn turn turn burl xclient xforward x_exps x_anonymoustls xexch50 send send send".split(
    " ",
  );

describe("verbOf", () => {
  it("knows every verb, whatever the case", () => {
    for (let i = 0; i < SPELLINGS.length; i++) {
      const name = SPELLINGS[i];
      expect(verb(name)).toBe(MEANINGS[i]);
      expect(verb(name.toLowerCase())).toBe(MEANINGS[i]);
      expect(verb(name.charAt(0) + name.substring(1).toLowerCase())).toBe(MEANINGS[i]);
    }
  });

  it("knows no verb with one octet changed, more or fewer", () => {
    for (let i = 0; i < SPELLINGS.length; i++) {
      const name = SPELLINGS[i];
      for (let at = 0; at < name.length; at++) {
        expect(verb(name.substring(0, at) + "~" + name.substring(at + 1))).toBe("other", name);
        expect(verb(name.substring(0, at) + "\x80" + name.substring(at + 1))).toBe("other", name);
      }
      expect(verb(name + "x")).toBe("other", name);
      expect(verb(name.substring(0, name.length - 1))).toBe("other", name);
    }
  });

  it("does not take the names of labels for commands", () => {
    for (let i = 0; i < VERBS.length; i++) {
      if (VERBS[i].includes("_") || VERBS[i] == "connect" || VERBS[i] == "eod") {
        expect(verb(VERBS[i])).toBe("other", VERBS[i]);
      }
    }
  });

  it("knows no verb in nothing and in very much", () => {
    expect(verb("")).toBe("other");
    expect(verb("MAILMAILMAILMAILMAIL")).toBe("other");
  });

  it("has a label for each verb", () => {
    expect(VERBS.length).toBe(Verb.other + 1);
    expect(VERBS[Verb.eod]).toBe("eod");
    expect(VERBS[Verb.x_anonymoustls]).toBe("x_anonymoustls");
  });
});
