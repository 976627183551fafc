import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Verb, VERBS } from "../../wire/verbs";
import { Expectation, Expectations } from "../expectations";

let owed = new Expectations();

/** Verbs of what is owed, oldest first. */
function verbs(): string {
  const found: string[] = [];
  let each: Expectation | null = owed.head;
  while (each !== null) {
    found.push(VERBS[each.verb]);
    each = each.next;
  }
  expect(owed.length).toBe(found.length);
  return found.join(" ");
}

/** Pushes; the spec fails without memory. */
function push(verb: Verb, sentAt: u64 = 0): Expectation {
  const fresh = owed.push(verb, sentAt);
  if (fresh !== null) return fresh;
  expect(false).toBe(true, "no memory");
  return new Expectation();
}

function empty(): void {
  while (owed.head !== null) owed.shift();
}

describe("Expectations", () => {
  beforeEach(() => {
    owed = new Expectations();
  });

  afterEach(() => {
    empty();
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("keeps the order of the commands", () => {
    expect(verbs()).toBe("");
    push(Verb.connect);
    push(Verb.ehlo);
    push(Verb.mail);
    expect(verbs()).toBe("connect ehlo mail");
    owed.shift();
    expect(verbs()).toBe("ehlo mail");
    push(Verb.rcpt);
    expect(verbs()).toBe("ehlo mail rcpt");
    empty();
    expect(verbs()).toBe("");
    push(Verb.quit);
    expect(verbs()).toBe("quit");
  });

  it("has nothing to take away when nothing is owed", () => {
    owed.shift();
    expect(owed.length).toBe(0);
  });

  it("remembers when a command was sent", () => {
    expect(push(Verb.noop, 77).sentAt).toBe(77);
  });

  it("hands out nothing of the session before", () => {
    const used = push(Verb.mail, 5);
    used.parameters = 1;
    used.size = 2;
    used.wireSize = 3;
    used.isLast = true;
    used.hasNullSender = true;
    used.isDue = true;
    used.endsMessage = true;
    used.remaining = 4;
    used.isAnswered = true;
    used.isPerRecipient = true;
    used.badOrderBehind = 5;
    owed.shift();
    const fresh = push(Verb.eod);
    expect(fresh).toBe(used);
    expect(fresh.next === null).toBe(true);
    expect(fresh.parameters).toBe(0);
    expect(fresh.size + fresh.wireSize + fresh.sentAt).toBe(0);
    expect(fresh.isLast || fresh.hasNullSender || fresh.isDue || fresh.endsMessage).toBe(false);
    expect(fresh.isAnswered || fresh.isPerRecipient).toBe(false);
    expect(fresh.remaining).toBe(1);
    expect(fresh.badOrderBehind).toBe(0);
  });

  it("gives null, and changes nothing, when the budget is spent", () => {
    push(Verb.connect);
    Budget.limit = 0;
    while (owed.push(Verb.noop, 0) !== null) expect(owed.length).toBeLessThan(100);
    const length = owed.length;
    expect(owed.push(Verb.noop, 0) === null).toBe(true);
    expect(owed.length).toBe(length);
    verbs();
  });
});
