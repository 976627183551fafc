import { bytes } from "../../__tests__/support";
import { Command } from "../../wire/commands";
import { Verb } from "../../wire/verbs";
import { Expectation, Expectations } from "../expectations";
import { Transaction } from "../transaction";
import { Smtputf8Scope } from "../utf8scope";

const UTF8: string = "MAIL FROM:<> SMTPUTF8";
const PLAIN: string = "MAIL FROM:<>";

let scope = new Smtputf8Scope();
const owed = new Expectations();
const command = new Command();
const transaction = new Transaction();

/** Sends a command; returns what the session expects for it. */
function send(line: string): Expectation {
  command.parse(bytes(line));
  const sent = owed.push(command.verb, 0);
  if (sent === null) return new Expectation();
  scope.commandSent(command, sent);
  return sent;
}

/** A MAIL is accepted: the transaction is open with its parameters. */
function accept(line: string): void {
  command.parse(bytes(line));
  transaction.begin(0);
  transaction.parameters = command.parameters;
  scope.mailAnswered(transaction);
}

/** A MAIL is refused: the transaction is what it was. */
function refuse(): void {
  scope.mailAnswered(transaction);
}

describe("Smtputf8Scope", () => {
  beforeEach(() => {
    scope = new Smtputf8Scope();
    scope.begin();
    transaction.isOpen = false;
  });

  afterEach(() => {
    while (owed.head !== null) owed.shift();
  });

  it("is open from the MAIL line on, and after it is accepted", () => {
    expect(scope.allowsEightBit()).toBe(false);
    send(UTF8);
    expect(scope.allowsEightBit()).toBe(true);
    accept(UTF8);
    expect(scope.allowsEightBit()).toBe(true);
  });

  it("is not opened by MAIL without the parameter", () => {
    send(PLAIN);
    expect(scope.allowsEightBit()).toBe(false);
    accept(PLAIN);
    expect(scope.allowsEightBit()).toBe(false);
  });

  it("is closed again when its MAIL is refused, which knows how many lines relied on it", () => {
    const mail = send(UTF8);
    scope.allowsEightBit();
    scope.allowsEightBit();
    refuse();
    expect(scope.allowsEightBit()).toBe(false);
    expect(mail.eightBitLines).toBe(2);
  });

  it("adds nothing to a MAIL that was answered", () => {
    const mail = send(UTF8);
    accept(UTF8);
    scope.allowsEightBit();
    expect(mail.eightBitLines).toBe(0);
  });

  it("ends with the message, with RSET and with a hello", () => {
    const ends: string[] = ["RSET", "EHLO x", "HELO x", "LHLO x", "BDAT 5 LAST"];
    for (let i = 0; i < ends.length; i++) {
      send(UTF8);
      accept(UTF8);
      send(ends[i]);
      expect(scope.allowsEightBit()).toBe(false, ends[i]);
    }
    send(UTF8);
    scope.messageEnded();
    expect(scope.allowsEightBit()).toBe(false);
  });

  it("does not end with other commands", () => {
    send(UTF8);
    send("RCPT TO:<b@mx.example>");
    send("NOOP");
    send("BDAT 5");
    send("DATA");
    expect(scope.allowsEightBit()).toBe(true);
  });

  it("goes by the youngest MAIL while several are unanswered", () => {
    const first = send(UTF8);
    send("BDAT 5 LAST");
    const second = send(UTF8);
    accept(UTF8);
    expect(scope.allowsEightBit()).toBe(true);
    expect(first.eightBitLines).toBe(0);
    expect(second.eightBitLines).toBe(1);
    refuse();
    expect(second.verb).toBe(Verb.mail);
  });

  it("stays open when a nested MAIL is refused", () => {
    send(UTF8);
    accept(UTF8);
    send(PLAIN);
    refuse();
    expect(scope.allowsEightBit()).toBe(true);
  });

  it("ends when a nested MAIL without the parameter is accepted", () => {
    send(UTF8);
    accept(UTF8);
    send(PLAIN);
    accept(PLAIN);
    expect(scope.allowsEightBit()).toBe(false);
  });

  it("begins anew with each session", () => {
    send(UTF8);
    scope.begin();
    expect(scope.allowsEightBit()).toBe(false);
    send(PLAIN);
    accept(PLAIN);
    expect(scope.allowsEightBit()).toBe(false);
  });
});
