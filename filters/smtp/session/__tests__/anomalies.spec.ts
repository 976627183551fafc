import { ANOMALIES, Anomaly, countsOnce } from "../anomalies";

/** Kinds of which only one counts. */
function once(): string {
  const found: string[] = [];
  for (let kind = 0; kind < ANOMALIES.length; kind++)
    if (countsOnce(<Anomaly>kind)) found.push(ANOMALIES[kind]);
  return found.join(" ");
}

describe("Anomalies", () => {
  it("of these kinds count once per session", () => {
    expect(once()).toBe(
      "early_talker starttls_command_injection starttls_response_injection dialect_mismatch tls_to_cleartext " +
        "http_to_smtp limbo_overflow fifo_overflow desync",
    );
  });

  it("have a label for each kind", () => {
    expect(ANOMALIES.length).toBe(Anomaly.desync + 1);
    expect(ANOMALIES[Anomaly.desync]).toBe("desync");
    expect(ANOMALIES[Anomaly.nested_mail]).toBe("nested_mail");
  });
});
