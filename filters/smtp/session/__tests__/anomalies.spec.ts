import { AnomalyLedger, MAX_PER_KIND } from "../../../shared/session/anomalyledger";
import { ANOMALIES, Anomaly, ONCE_PER_SESSION } from "../anomalies";

const ledger = new AnomalyLedger(ONCE_PER_SESSION);

/** How many of `times` occurrences count. */
function admitted(kind: i32, times: i32): i32 {
  let count = 0;
  for (let i = 0; i < times; i++) if (ledger.admit(<Anomaly>kind)) count++;
  return count;
}

/** Kinds of which only one counts. */
function once(): string {
  const found: string[] = [];
  for (let kind = 0; kind < ANOMALIES.length; kind++) if (admitted(kind, 3) == 1) found.push(ANOMALIES[kind]);
  return found.join(" ");
}

describe("AnomalyLedger", () => {
  beforeEach(() => {
    ledger.clear();
  });

  it("counts these once per session", () => {
    expect(once()).toBe(
      "early_talker starttls_command_injection starttls_response_injection dialect_mismatch tls_to_cleartext " +
        "http_to_smtp limbo_overflow fifo_overflow desync",
    );
  });

  it("counts every other up to its cap", () => {
    const cap = <i32>MAX_PER_KIND;
    expect(admitted(Anomaly.nul, cap - 1)).toBe(cap - 1);
    expect(admitted(Anomaly.nul, 2)).toBe(1);
    expect(admitted(Anomaly.nul, 70_000)).toBe(0);
    expect(admitted(Anomaly.bare_cr, 2)).toBe(2);
  });

  it("begins anew with each session", () => {
    expect(admitted(Anomaly.desync, 2)).toBe(1);
    expect(admitted(Anomaly.bare_lf_command, 2_000)).toBe(MAX_PER_KIND);
    ledger.clear();
    expect(admitted(Anomaly.desync, 2)).toBe(1);
    expect(admitted(Anomaly.bare_lf_command, 1)).toBe(1);
  });

  it("has a label for each kind", () => {
    expect(ANOMALIES.length).toBe(Anomaly.desync + 1);
    expect(ANOMALIES[Anomaly.desync]).toBe("desync");
    expect(ANOMALIES[Anomaly.nested_mail]).toBe("nested_mail");
  });
});
