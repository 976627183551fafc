import { Around } from "../../../shared/__tests__/support";
import { Recorder } from "../../__tests__/support";
import { Extension } from "../../wire/extensions";
import { Anomaly } from "../anomalies";
import { Reporter } from "../reporter";

const recorder = new Recorder();
let around = new Around();
let reporter = new Reporter(recorder, around);

describe("Reporter", () => {
  beforeEach(() => {
    recorder.clear();
    around = new Around();
    reporter = new Reporter(recorder, around);
    reporter.begin();
  });

  it("reports anomalies within the caps of a session", () => {
    reporter.anomaly(Anomaly.desync);
    reporter.anomaly(Anomaly.nul);
    reporter.anomaly(Anomaly.nul);
    reporter.anomaly(Anomaly.desync);
    expect(recorder.events()).toBe("anomaly desync; anomaly nul; anomaly nul");
    reporter.begin();
    reporter.anomaly(Anomaly.desync);
    expect(recorder.events()).toBe("anomaly desync");
  });

  it("reports the use of an extension once per session", () => {
    reporter.usedOnce(Extension.pipelining);
    reporter.usedOnce(Extension.auth);
    reporter.usedOnce(Extension.pipelining);
    reporter.usedOnce(Extension.auth);
    expect(recorder.events()).toBe("used pipelining; used auth");
    reporter.begin();
    reporter.usedOnce(Extension.auth);
    expect(recorder.events()).toBe("used auth");
  });

  it("asks the proxy once per session whether it encrypts", () => {
    expect(reporter.isInClear).toBe(true);
    around.encrypted = true;
    expect(reporter.isInClear).toBe(true);
    expect(around.questions).toBe(1);
    reporter.begin();
    expect(reporter.isInClear).toBe(false);
    around.encrypted = false;
    expect(reporter.isInClear).toBe(false);
    expect(around.questions).toBe(2);
  });

  it("does not ask once TLS is known to have ended further out", () => {
    reporter.isTlsEndedBefore = true;
    expect(reporter.isInClear).toBe(false);
    expect(around.questions).toBe(0);
    reporter.begin();
    expect(reporter.isInClear).toBe(true);
  });
});
