import { ABORT_CAUSES } from "../../labels";
import { Verb, VERBS } from "../../wire/verbs";
import { ClientMode, isParked, modeAfter, modeBehind, resets, waitsAlone } from "../states";

const MODES: string[] =
  "opening command authLine body chunk block tlsPeek saslPeek parkedData parkedAuth parkedTls parkedBlock parkedChunk opaque".split(
    " ",
  );

/** The mode that a reply leads to. */
function after(parked: ClientMode, code: i32, mayWrap: bool = false): string {
  return MODES[modeAfter(parked, code, mayWrap)];
}

/** Verbs behind which bytes are put aside, with the mode. */
function parking(): string {
  const found: string[] = [];
  for (let verb = 0; verb < VERBS.length; verb++) {
    const mode = modeBehind(<Verb>verb);
    if (mode != ClientMode.command) found.push(VERBS[verb] + ":" + MODES[mode]);
  }
  return found.join(" ");
}

function resetting(): string {
  const found: string[] = [];
  for (let verb = 0; verb < VERBS.length; verb++) {
    const cause = resets(<Verb>verb);
    if (cause >= 0) found.push(VERBS[verb] + ":" + ABORT_CAUSES[cause]);
  }
  return found.join(" ");
}

function alone(): string {
  const found: string[] = [];
  for (let verb = 0; verb < VERBS.length; verb++) if (waitsAlone(<Verb>verb)) found.push(VERBS[verb]);
  return found.join(" ");
}

function parked(): string {
  const found: string[] = [];
  for (let mode = 0; mode < MODES.length; mode++) if (isParked(<ClientMode>mode)) found.push(MODES[mode]);
  return found.join(" ");
}

describe("modeBehind", () => {
  it("puts bytes aside behind these commands", () => {
    expect(parking()).toBe(
      "data:parkedData auth:parkedAuth starttls:parkedTls x_exps:parkedAuth x_anonymoustls:parkedTls " +
        "xexch50:parkedBlock",
    );
    expect(parked()).toBe("parkedData parkedAuth parkedTls parkedBlock parkedChunk");
  });
});

describe("modeAfter", () => {
  it("reads a body behind any 3xx to DATA", () => {
    expect(after(ClientMode.parkedData, 354)).toBe("body");
    expect(after(ClientMode.parkedData, 300)).toBe("body");
    expect(after(ClientMode.parkedData, 250)).toBe("command");
    expect(after(ClientMode.parkedData, 421)).toBe("command");
    expect(after(ClientMode.parkedData, 554)).toBe("command");
  });

  it("reads lines of an AUTH exchange behind 3xx, and a layer behind 235 where there may be one", () => {
    expect(after(ClientMode.parkedAuth, 334)).toBe("authLine");
    expect(after(ClientMode.parkedAuth, 235)).toBe("command");
    expect(after(ClientMode.parkedAuth, 235, true)).toBe("saslPeek");
    expect(after(ClientMode.parkedAuth, 250, true)).toBe("command");
    expect(after(ClientMode.parkedAuth, 535, true)).toBe("command");
  });

  it("looks for TLS behind 220 only", () => {
    expect(after(ClientMode.parkedTls, 220)).toBe("tlsPeek");
    expect(after(ClientMode.parkedTls, 250)).toBe("command");
    expect(after(ClientMode.parkedTls, 454)).toBe("command");
  });

  it("reads a block behind 3xx to XEXCH50", () => {
    expect(after(ClientMode.parkedBlock, 354)).toBe("block");
    expect(after(ClientMode.parkedBlock, 504)).toBe("command");
  });

  it("reads commands behind everything else", () => {
    expect(after(ClientMode.parkedChunk, 354)).toBe("command");
    expect(after(ClientMode.command, 250)).toBe("command");
  });
});

describe("resets", () => {
  it("knows what ends a transaction", () => {
    expect(resetting()).toBe("rset:rset quit:quit xclient:hello");
  });
});

describe("waitsAlone", () => {
  it("knows what must be the last of its group", () => {
    expect(alone()).toBe("data quit noop vrfy expn auth auth_response starttls turn x_exps x_anonymoustls");
  });
});
