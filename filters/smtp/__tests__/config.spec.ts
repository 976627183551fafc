import { Budget } from "../../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../../assembly/bytes/budget";
import { bounds, error, read, threshold } from "../../shared/__tests__/configurations";
import { SmtpConfig } from "../config";
import { Speaks } from "../session/hello";
import { Verb } from "../wire/verbs";

describe("SmtpConfig", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("has a default for everything", () => {
    const config = read<SmtpConfig>("");
    expect(config.thresholds === null).toBe(true);
    expect(config.sessions).toBe(100_000);
    expect(config.session.speaks).toBe(Speaks.auto);
    expect(config.session.allowsProxy).toBe(true);
    expect(config.session.lineBytes).toBe(2_048);
    expect(config.session.pipeline).toBe(1_024);
    expect(config.session.limbos.size).toBe(16_384);
  });

  it("takes every key", () => {
    const config = read<SmtpConfig>(
      '{"dialect":"lmtp","proxy_protocol":"never",' +
        '"limits":{"sessions":7,"line_bytes":600,"pipeline":9,"limbo_bytes":2048}}',
    );
    expect(config.sessions).toBe(7);
    expect(config.session.speaks).toBe(Speaks.lmtp);
    expect(config.session.allowsProxy).toBe(false);
    expect(config.session.lineBytes).toBe(600);
    expect(config.session.pipeline).toBe(9);
    expect(config.session.limbos.size).toBe(2_048);
  });

  it("takes the other choices", () => {
    expect(read<SmtpConfig>('{"dialect":"smtp"}').session.speaks).toBe(Speaks.smtp);
    expect(read<SmtpConfig>('{"dialect":"auto"}').session.speaks).toBe(Speaks.auto);
    expect(error<SmtpConfig>('{"dialect":"esmtp"}').startsWith("dialect: expected ")).toBe(true);
  });

  it("has buffers of the sizes asked for", () => {
    const session = read<SmtpConfig>('{"limits":{"line_bytes":600,"limbo_bytes":2048}}').session;
    expect(session.commandLines.size).toBe(601);
    expect(session.limbos.size).toBe(2_048);
  });

  it("reads thresholds by verb", () => {
    const thresholds = read<SmtpConfig>('{"slow_commands_ms":{"rcpt":500,"default":1000}}').thresholds;
    expect(threshold(thresholds, Verb.rcpt)).toBe(500);
    expect(threshold(thresholds, Verb.mail)).toBe(1_000);
    expect(threshold(thresholds, Verb.connect)).toBe(1_000);
    expect(error<SmtpConfig>('{"slow_commands_ms":{"rctp":1}}')).toBe(
      'slow_commands_ms: unknown key "rctp"; did you mean "rcpt"?',
    );
  });

  it("holds limits to their ranges", () => {
    bounds<SmtpConfig>("sessions", 1, 1_000_000);
    bounds<SmtpConfig>("line_bytes", 512, 65_536);
    bounds<SmtpConfig>("pipeline", 2, 65_535);
    bounds<SmtpConfig>("limbo_bytes", 1_024, 1_048_576);
  });
});
