import { Around } from "../../../shared/__tests__/support";
import { Recorder } from "../../__tests__/support";
import { Mechanism } from "../../../shared/wire/mechanisms";
import { ReplyClass } from "../../wire/replies";
import { AuthExchange } from "../auth";
import { Reporter } from "../reporter";

const recorder = new Recorder();
let around = new Around();
let auth = new AuthExchange(new Reporter(recorder, around));

/** An attempt that is answered so. */
function attempt(replyClass: ReplyClass): string {
  auth.attempt(Mechanism.gssapi);
  auth.answered(replyClass);
  return recorder.events();
}

/** An attempt that the client cancels, and that is answered so. */
function cancelled(replyClass: ReplyClass): string {
  auth.attempt(Mechanism.gssapi);
  auth.cancel();
  auth.answered(replyClass);
  return recorder.events("auth-ended");
}

describe("AuthExchange", () => {
  beforeEach(() => {
    recorder.clear();
    around = new Around();
    const reporter = new Reporter(recorder, around);
    reporter.begin();
    auth = new AuthExchange(reporter);
    auth.begin();
  });

  it("has one result for each attempt", () => {
    expect(attempt(ReplyClass.success)).toBe("auth gssapi; auth-ended gssapi success");
    expect(attempt(ReplyClass.permanent)).toBe("auth gssapi; auth-ended gssapi failure");
    expect(attempt(ReplyClass.transient)).toBe("auth gssapi; auth-ended gssapi temporary");
    expect(attempt(ReplyClass.other)).toBe("auth gssapi; auth-ended gssapi failure");
    expect(auth.isOpen).toBe(false);
  });

  it("goes on with 3xx", () => {
    expect(attempt(ReplyClass.intermediate)).toBe("auth gssapi");
    expect(auth.isOpen).toBe(true);
    auth.answered(ReplyClass.success);
    expect(recorder.events()).toBe("auth-ended gssapi success");
    auth.answered(ReplyClass.success);
    expect(recorder.events()).toBe("");
  });

  it("is cancelled by a star, unless it succeeds all the same", () => {
    expect(cancelled(ReplyClass.permanent)).toBe("auth-ended gssapi cancelled");
    expect(cancelled(ReplyClass.transient)).toBe("auth-ended gssapi cancelled");
    expect(cancelled(ReplyClass.success)).toBe("auth-ended gssapi success");
    expect(attempt(ReplyClass.permanent)).toBe("auth gssapi; auth-ended gssapi failure");
  });

  it("is aborted when no answer comes, or cancelled when a star was sent", () => {
    auth.attempt(Mechanism.login);
    auth.abandon();
    auth.abandon();
    expect(recorder.events("auth-ended")).toBe("auth-ended login aborted");
    auth.attempt(Mechanism.login);
    auth.cancel();
    auth.abandon();
    expect(recorder.events("auth-ended")).toBe("auth-ended login cancelled");
  });

  it("remembers a success for the session", () => {
    attempt(ReplyClass.permanent);
    expect(auth.hasSucceeded).toBe(false);
    attempt(ReplyClass.success);
    expect(auth.hasSucceeded).toBe(true);
    attempt(ReplyClass.permanent);
    expect(auth.hasSucceeded).toBe(true);
    auth.begin();
    expect(auth.hasSucceeded).toBe(false);
  });

  it("tells a password in clear text", () => {
    auth.attempt(Mechanism.plain);
    expect(recorder.events()).toBe("auth plain; password-in-clear");
    auth.attempt(Mechanism.login);
    expect(recorder.events()).toBe("auth login; password-in-clear");
    auth.attempt(Mechanism.scram);
    expect(recorder.events()).toBe("auth scram");
  });

  it("tells none where the proxy encrypts", () => {
    around.encrypted = true;
    auth.attempt(Mechanism.plain);
    expect(recorder.events()).toBe("auth plain");
  });
});
