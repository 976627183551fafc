import { Budget } from "../../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../../assembly/bytes/budget";
import { bounds, error, read, threshold } from "../../shared/__tests__/configurations";
import { LdapConfig } from "../config";
import { Op } from "../wire/operations";

describe("LdapConfig", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("has a default for everything", () => {
    const config = read<LdapConfig>("");
    expect(config.thresholds === null).toBe(true);
    expect(config.connections).toBe(100_000);
    expect(config.session.allowsProxy).toBe(true);
    expect(config.session.operations).toBe(1_024);
    expect(config.session.messageBytes).toBe(67_108_864);
    expect(config.session.depth).toBe(64);
    expect(config.session.nodes).toBe(10_000);
  });

  it("takes every key", () => {
    const config = read<LdapConfig>(
      '{"proxy_protocol":"never",' +
        '"limits":{"connections":7,"operations":9,"message_bytes":5000,"depth":3,"nodes":4}}',
    );
    expect(config.connections).toBe(7);
    expect(config.session.allowsProxy).toBe(false);
    expect(config.session.operations).toBe(9);
    expect(config.session.messageBytes).toBe(5_000);
    expect(config.session.depth).toBe(3);
    expect(config.session.nodes).toBe(4);
  });

  it("reads thresholds by operation", () => {
    const thresholds = read<LdapConfig>('{"slow_operations_ms":{"search":500,"default":1000}}').thresholds;
    expect(threshold(thresholds, Op.search)).toBe(500);
    expect(threshold(thresholds, Op.bind)).toBe(1_000);
    expect(error<LdapConfig>('{"slow_operations_ms":{"serach":1}}')).toBe(
      'slow_operations_ms: unknown key "serach"; did you mean "search"?',
    );
  });

  it("holds limits to their ranges", () => {
    bounds<LdapConfig>("connections", 1, 1_000_000);
    bounds<LdapConfig>("operations", 1, 131_072);
    bounds<LdapConfig>("message_bytes", 4_096, 536_870_912);
    bounds<LdapConfig>("depth", 1, 128);
    bounds<LdapConfig>("nodes", 1, 1_000_000);
  });

  it("refuses what is none of its own", () => {
    expect(error<LdapConfig>('{"dialect":"smtp"}')).toBe('unknown key "dialect"');
    expect(error<LdapConfig>('{"limits":{"sessions":1}}').startsWith('limits: unknown key "sessions"')).toBe(
      true,
    );
  });
});
