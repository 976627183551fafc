import { Around } from "../../../shared/__tests__/support";
import { bytes, Recorder } from "../../__tests__/support";
import { DIALECTS } from "../../labels";
import { Extension } from "../../wire/extensions";
import { Reply, ReplyClass } from "../../wire/replies";
import { Verb } from "../../wire/verbs";
import { Hello, Speaks } from "../hello";
import { Reporter } from "../reporter";

const recorder = new Recorder();
let hello = make(Speaks.auto);

function make(speaks: Speaks): Hello {
  const reporter = new Reporter(recorder, new Around());
  reporter.begin();
  const made = new Hello(reporter, speaks);
  made.begin();
  return made;
}

/** A hello that is accepted with these extensions. */
function accept(verb: Verb, extensions: string = ""): string {
  const lines = ("mx.example " + extensions).trim().split(" ");
  const reply = new Reply();
  for (let i = 0; i < lines.length; i++) {
    reply.add(bytes((i < lines.length - 1 ? "250-" : "250 ") + lines[i]));
  }
  hello.accept(verb, reply);
  return recorder.events();
}

function refuse(verb: Verb, replyClass: ReplyClass): string {
  hello.refuse(verb, replyClass);
  return recorder.events();
}

describe("Hello", () => {
  beforeEach(() => {
    recorder.clear();
    hello = make(Speaks.auto);
  });

  it("settles the dialect, the last one", () => {
    expect(DIALECTS[hello.dialect]).toBe("none");
    expect(hello.isAccepted).toBe(false);
    accept(Verb.ehlo);
    expect(DIALECTS[hello.dialect]).toBe("esmtp");
    accept(Verb.lhlo);
    expect(DIALECTS[hello.dialect]).toBe("lmtp");
    accept(Verb.helo);
    expect(DIALECTS[hello.dialect]).toBe("smtp");
    expect(hello.isAccepted).toBe(true);
  });

  it("knows what the last accepted hello offers", () => {
    expect(accept(Verb.ehlo, "PIPELINING SIZE=1 DSN")).toBe("offers pipelining dsn other");
    expect(hello.isOffered(Extension.pipelining)).toBe(true);
    expect(hello.isOffered(Extension.size)).toBe(false);
    expect(accept(Verb.ehlo, "SIZE")).toBe("offers size");
    expect(hello.isOffered(Extension.pipelining)).toBe(false);
    expect(accept(Verb.ehlo)).toBe("offers");
  });

  it("takes no offers from HELO", () => {
    accept(Verb.ehlo, "PIPELINING");
    expect(accept(Verb.helo, "PIPELINING XXXXXXXA STARTTLS")).toBe("");
    expect(hello.isOffered(Extension.pipelining)).toBe(false);
    expect(hello.everOfferedStarttls).toBe(false);
  });

  it("reports STARTTLS on offer once per session, and remembers it", () => {
    expect(accept(Verb.ehlo, "STARTTLS")).toBe("offers starttls; tls offered");
    expect(accept(Verb.ehlo, "STARTTLS")).toBe("offers starttls");
    accept(Verb.ehlo);
    expect(hello.everOfferedStarttls).toBe(true);
  });

  it("remembers PIPECONNECT", () => {
    expect(hello.everOfferedPipeconnect).toBe(false);
    accept(Verb.ehlo, "X_PIPE_CONNECT");
    accept(Verb.ehlo);
    expect(hello.everOfferedPipeconnect).toBe(true);
  });

  it("suspects that STARTTLS was taken out", () => {
    expect(accept(Verb.ehlo, "SIZE XXXXXXXA")).toBe("offers size other; anomaly starttls_stripped_suspected");
  });

  it("takes LHLO answered 5xx for the wrong dialect", () => {
    expect(refuse(Verb.lhlo, ReplyClass.permanent)).toBe("anomaly dialect_mismatch");
    expect(refuse(Verb.lhlo, ReplyClass.permanent)).toBe("");
    hello = make(Speaks.auto);
    expect(refuse(Verb.lhlo, ReplyClass.transient)).toBe("");
    expect(refuse(Verb.ehlo, ReplyClass.permanent)).toBe("");
  });

  it("takes EHLO answered 5xx for the wrong dialect where LMTP is configured", () => {
    hello = make(Speaks.lmtp);
    expect(refuse(Verb.ehlo, ReplyClass.transient)).toBe("");
    expect(refuse(Verb.ehlo, ReplyClass.permanent)).toBe("anomaly dialect_mismatch");
  });

  it("is LMTP by its hello, or by configuration whatever the hello", () => {
    expect(hello.isLmtp).toBe(false);
    accept(Verb.lhlo);
    expect(hello.isLmtp).toBe(true);
    hello = make(Speaks.smtp);
    accept(Verb.lhlo);
    expect(hello.isLmtp).toBe(false);
    hello = make(Speaks.lmtp);
    expect(hello.isLmtp).toBe(true);
  });

  it("forgets everything when a session begins", () => {
    accept(Verb.ehlo, "STARTTLS PIPECONNECT");
    hello.begin();
    expect(DIALECTS[hello.dialect]).toBe("none");
    expect(hello.offers).toBe(0);
    expect(hello.isAccepted || hello.everOfferedStarttls || hello.everOfferedPipeconnect).toBe(false);
  });
});
