import { Text } from "../../../../assembly/bytes/text";
import { Slice } from "../../../../assembly/bytes/slice";
import { characters } from "../../../shared/__tests__/support";
import { ReplyClass } from "../../wire/replies";
import { Verb } from "../../wire/verbs";
import { CommandBook } from "../book";

const book = new CommandBook();
const RECORD = Text.ofCapacity(512);
const SHOWN = new Slice();

function line(): string {
  book.write(RECORD.clear());
  return characters(RECORD.toSlice(SHOWN));
}

function answer(verb: Verb, replyClass: ReplyClass, code: i32): void {
  book.replied(code);
  book.answered(verb, replyClass);
}

describe("commands of a session", () => {
  beforeEach(() => {
    book.clear();
  });

  it("are none at first", () => {
    expect(line()).toBe("commands=0/0");
  });

  it("are counted by verb, one number where all were accepted", () => {
    answer(Verb.ehlo, ReplyClass.success, 250);
    answer(Verb.rcpt, ReplyClass.success, 250);
    answer(Verb.rcpt, ReplyClass.permanent, 550);
    answer(Verb.noop, ReplyClass.transient, 450);
    expect(line()).toBe("ehlo=1 rcpt=1/2 noop=0/1 commands=2/4");
  });

  it("leave the greeting and the lines of AUTH out", () => {
    answer(Verb.connect, ReplyClass.success, 220);
    answer(Verb.auth, ReplyClass.intermediate, 334);
    answer(Verb.auth_response, ReplyClass.success, 235);
    book.authenticated(Verb.auth);
    expect(line()).toBe("auth=1 commands=1");
  });

  it("have DATA accepted with its message", () => {
    answer(Verb.data, ReplyClass.intermediate, 354);
    expect(line()).toBe("data=0/1 commands=0/1");
    answer(Verb.eod, ReplyClass.success, 250);
    expect(line()).toBe("data=1 commands=1");
  });

  it("are not accepted by a goodbye, but for QUIT", () => {
    answer(Verb.other, ReplyClass.success, 221);
    answer(Verb.quit, ReplyClass.success, 221);
    expect(line()).toBe("quit=1 other=0/1 commands=1/2");
  });

  it("end with the server's last word", () => {
    const last: i32[] = [221, 421, 521];
    for (let i = 0; i < last.length; i++) {
      book.clear();
      book.replied(last[i]);
      book.unanswered(Verb.noop);
      expect(line()).toBe("commands=0/0");
      book.replied(250);
      book.unanswered(Verb.noop);
      book.unanswered(Verb.eod);
      expect(line()).toBe("noop=0/1 commands=0/1");
    }
  });

  it("leave lines without a word out", () => {
    answer(Verb.other, ReplyClass.permanent, 500);
    answer(Verb.other, ReplyClass.permanent, 500);
    book.forgetBlank();
    expect(line()).toBe("other=0/1 commands=0/1");
  });
});
