import { Budget } from "../../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../../assembly/bytes/budget";
import { bounds, error, read, threshold } from "../../shared/__tests__/configurations";
import { Pop3Config } from "../config";
import { Verb } from "../wire/verbs";

describe("Pop3Config", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("has a default for everything", () => {
    const config = read<Pop3Config>("");
    expect(config.thresholds === null).toBe(true);
    expect(config.sessions).toBe(100_000);
    expect(config.session.allowsProxy).toBe(true);
    expect(config.session.lineBytes).toBe(1_024);
    expect(config.session.pipeline).toBe(4_096);
    expect(config.session.limbos.size).toBe(16_384);
  });

  it("takes every key", () => {
    const config = read<Pop3Config>(
      '{"proxy_protocol":"never","limits":{"sessions":7,"line_bytes":600,"pipeline":9,"limbo_bytes":2048}}',
    );
    expect(config.sessions).toBe(7);
    expect(config.session.allowsProxy).toBe(false);
    expect(config.session.commandLines.size).toBe(601);
    expect(config.session.pipeline).toBe(9);
    expect(config.session.limbos.size).toBe(2_048);
  });

  it("reads thresholds by verb", () => {
    const thresholds = read<Pop3Config>('{"slow_commands_ms":{"retr":500,"default":1000}}').thresholds;
    expect(threshold(thresholds, Verb.retr)).toBe(500);
    expect(threshold(thresholds, Verb.connect)).toBe(1_000);
    expect(error<Pop3Config>('{"slow_commands_ms":{"rter":1}}')).toBe(
      'slow_commands_ms: unknown key "rter"; did you mean "retr"?',
    );
  });

  it("holds limits to their ranges", () => {
    bounds<Pop3Config>("sessions", 1, 1_000_000);
    bounds<Pop3Config>("line_bytes", 255, 65_536);
    bounds<Pop3Config>("pipeline", 2, 65_535);
    bounds<Pop3Config>("limbo_bytes", 1_024, 1_048_576);
  });
});
