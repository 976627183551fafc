import { withoutFirst } from "../../shared/labels";
import { FROM, From } from "../../shared/session/peers";
import {
  ABORT_CAUSES,
  AUTH_RESULTS,
  CAPS,
  codeIndex,
  CODES,
  DIALECTS,
  END_REASONS,
  enhancedStatuses,
  GREETINGS,
  KEPT,
  Kept,
  MESSAGE_MODES,
  OPAQUE_CAUSES,
  OUTCOMES,
  prepareTables,
  RECIPIENT_OUTCOMES,
  STAGES,
  STATUS_CLASSES,
  statusClassIndex,
  statusIndex,
  TIMED_VERBS,
  timedIndex,
  TLS_EVENTS,
} from "../labels";
import { MessageMode } from "../session/message";
import {
  AbortCause,
  AuthResult,
  Cap,
  Dialect,
  EndReason,
  Greeting,
  OpaqueCause,
  Outcome,
  RecipientOutcome,
  Stage,
  TlsEvent,
} from "../session/observer";
import { Verb, VERBS } from "../wire/verbs";

function status(statusClass: i32, subject: i32, detail: i32): string {
  return enhancedStatuses()[statusIndex(statusClass, subject, detail)];
}

describe("Label values", () => {
  it("are as many as their enums, with the last one in its place", () => {
    expect(FROM[From.server]).toBe("server");
    expect(FROM.length).toBe(From.server + 1);
    expect(END_REASONS[EndReason.desync]).toBe("desync");
    expect(END_REASONS.length).toBe(EndReason.desync + 1);
    expect(DIALECTS[Dialect.none]).toBe("none");
    expect(DIALECTS.length).toBe(Dialect.none + 1);
    expect(OPAQUE_CAUSES[OpaqueCause.limit]).toBe("limit");
    expect(OPAQUE_CAUSES.length).toBe(OpaqueCause.limit + 1);
    expect(GREETINGS[Greeting.invalid]).toBe("invalid");
    expect(GREETINGS.length).toBe(Greeting.invalid + 1);
    expect(OUTCOMES[Outcome.unknown]).toBe("unknown");
    expect(OUTCOMES.length).toBe(Outcome.unknown + 1);
    expect(STAGES[Stage.eod]).toBe("eod");
    expect(STAGES.length).toBe(Stage.eod + 1);
    expect(ABORT_CAUSES[AbortCause.opaque]).toBe("opaque");
    expect(ABORT_CAUSES.length).toBe(AbortCause.opaque + 1);
    expect(RECIPIENT_OUTCOMES[RecipientOutcome.unanswered]).toBe("unanswered");
    expect(RECIPIENT_OUTCOMES.length).toBe(RecipientOutcome.unanswered + 1);
    expect(MESSAGE_MODES[MessageMode.burl]).toBe("burl");
    expect(MESSAGE_MODES.length).toBe(MessageMode.burl + 1);
    expect(AUTH_RESULTS[AuthResult.aborted]).toBe("aborted");
    expect(AUTH_RESULTS.length).toBe(AuthResult.aborted + 1);
    expect(TLS_EVENTS[TlsEvent.alert_seen]).toBe("alert_seen");
    expect(TLS_EVENTS.length).toBe(TlsEvent.alert_seen + 1);
    expect(CAPS[Cap.memory]).toBe("memory");
    expect(CAPS.length).toBe(Cap.memory + 1);
    expect(KEPT[Kept.absent]).toBe("absent");
    expect(KEPT.length).toBe(Kept.absent + 1);
  });

  it("of commands are those of replies without the greeting", () => {
    const commands = withoutFirst(VERBS);
    expect(commands.length).toBe(VERBS.length - 1);
    expect(commands[0]).toBe("helo");
    expect(commands[commands.length - 1]).toBe("other");
  });
});

describe("codeIndex", () => {
  beforeAll(() => {
    prepareTables();
  });

  it("finds each listed code", () => {
    for (let i = 0; i < CODES.length - 1; i++) expect(codeIndex(I32.parseInt(CODES[i]))).toBe(i);
  });

  it("takes every other for other", () => {
    const other = CODES.length - 1;
    for (let code = -1; code < 1_010; code++) {
      expect(codeIndex(code) == other).toBe(!CODES.includes(code.toString()), code.toString());
    }
    expect(codeIndex(i32.MAX_VALUE)).toBe(other);
    expect(codeIndex(i32.MIN_VALUE)).toBe(other);
  });
});

describe("timedIndex", () => {
  it("finds the verbs with a duration, and -1 for the others", () => {
    prepareTables();
    for (let verb = 0; verb < VERBS.length; verb++) {
      expect(timedIndex(<Verb>verb)).toBe(TIMED_VERBS.indexOf(VERBS[verb]));
    }
    expect(timedIndex(Verb.quit)).toBe(-1);
  });
});

describe("Enhanced statuses", () => {
  it("are the registered ones of each class", () => {
    const all = enhancedStatuses();
    expect(all.length).toBe(244);
    expect(all[0]).toBe("2_0_0");
    expect(all[242]).toBe("5_7_30");
    expect(all[243]).toBe("other");
  });

  it("are found by their numbers", () => {
    expect(status(2, 0, 0)).toBe("2_0_0");
    expect(status(2, 1, 5)).toBe("2_1_5");
    expect(status(4, 2, 2)).toBe("4_2_2");
    expect(status(4, 7, 30)).toBe("4_7_30");
    expect(status(5, 1, 10)).toBe("5_1_10");
    expect(status(5, 6, 10)).toBe("5_6_10");
    expect(status(5, 7, 1)).toBe("5_7_1");
  });

  it("that are not registered are other", () => {
    expect(status(2, 0, 1)).toBe("other");
    expect(status(5, 1, 11)).toBe("other");
    expect(status(5, 8, 0)).toBe("other");
    expect(status(5, 999, 999)).toBe("other");
  });

  it("have a class", () => {
    expect(STATUS_CLASSES[statusClassIndex(2)]).toBe("2");
    expect(STATUS_CLASSES[statusClassIndex(4)]).toBe("4");
    expect(STATUS_CLASSES[statusClassIndex(5)]).toBe("5");
  });
});
