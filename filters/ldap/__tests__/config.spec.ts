import { Budget, IntegerTable, Verbosity } from "../../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../../assembly/bytes/budget";
import { settingsOf } from "../../../assembly/testing";
import { LdapConfig } from "../config";
import { Op } from "../wire/operations";

/** The configuration that `json` describes; the spec fails when it has errors. */
function read(json: string): LdapConfig {
  const settings = settingsOf(json);
  const config = new LdapConfig(settings);
  settings.finish();
  expect(settings.errors.count).toBe(0, json);
  return config;
}

/** The only error of a configuration, without its place in the text. */
function error(json: string): string {
  const settings = settingsOf(json);
  new LdapConfig(settings);
  settings.finish();
  const first = settings.errors.first;
  if (first === null || settings.errors.count != 1) return `${settings.errors.count} errors`;
  return first.toString().split(" (byte")[0];
}

function threshold(config: LdapConfig, op: Op): i64 {
  const thresholds: IntegerTable | null = config.thresholds;
  return thresholds === null ? -1 : thresholds.get(op);
}

/** A key of `limits` takes both ends of its range, and nothing beyond. */
function bounds(key: string, least: i64, most: i64): void {
  const wanted = `expected a whole number between ${least} and ${most}, found `;
  read(`{"limits":{"${key}":${least}}}`);
  read(`{"limits":{"${key}":${most}}}`);
  expect(error(`{"limits":{"${key}":${least - 1}}}`)).toBe(`limits.${key}: ${wanted}${least - 1}`);
  expect(error(`{"limits":{"${key}":${most + 1}}}`)).toBe(`limits.${key}: ${wanted}${most + 1}`);
}

describe("LdapConfig", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("has a default for everything", () => {
    const config = read("");
    expect(config.statPrefix).toBe("default");
    expect(config.verbosity).toBe(Verbosity.standard);
    expect(config.thresholds === null).toBe(true);
    expect(config.metrics).toBe(1_000);
    expect(config.connections).toBe(100_000);
    expect(config.identifier === null).toBe(true);
    expect(config.session.allowsProxy).toBe(true);
    expect(config.session.operations).toBe(1_024);
    expect(config.session.messageBytes).toBe(67_108_864);
    expect(config.session.depth).toBe(64);
    expect(config.session.nodes).toBe(10_000);
    expect(Budget.limit).toBe(DEFAULT_MEMORY_BYTES);
  });

  it("takes every key", () => {
    const config = read(
      '{"stat_prefix":"edge","verbosity":"low","proxy_protocol":"never","limits":{"memory_bytes":8388608,' +
        '"metrics":5,"connections":7,"operations":9,"message_bytes":5000,"depth":3,"nodes":4}}',
    );
    expect(config.statPrefix).toBe("edge");
    expect(config.verbosity).toBe(Verbosity.low);
    expect(config.metrics).toBe(5);
    expect(config.connections).toBe(7);
    expect(config.session.allowsProxy).toBe(false);
    expect(config.session.operations).toBe(9);
    expect(config.session.messageBytes).toBe(5_000);
    expect(config.session.depth).toBe(3);
    expect(config.session.nodes).toBe(4);
    expect(Budget.limit).toBe(8_388_608);
  });

  it("reads thresholds by operation, the others from default", () => {
    const config = read('{"slow_operations_ms":{"search":500,"default":1000}}');
    expect(threshold(config, Op.search)).toBe(500);
    expect(threshold(config, Op.bind)).toBe(1_000);
    const some = read('{"slow_operations_ms":{"add":1}}');
    expect(threshold(some, Op.add)).toBe(1);
    expect(threshold(some, Op.bind)).toBe(0);
    expect(error('{"slow_operations_ms":{"search":"fast"}}')).toBe(
      'slow_operations_ms.search: expected a whole number between 1 and 3600000, found "fast"',
    );
    expect(error('{"slow_operations_ms":{"serach":1}}')).toBe(
      'slow_operations_ms: unknown key "serach"; did you mean "search"?',
    );
  });

  it("holds limits to their ranges", () => {
    bounds("memory_bytes", 4_194_304, 536_870_912);
    bounds("metrics", 0, 100_000);
    bounds("connections", 1, 1_000_000);
    bounds("operations", 1, 131_072);
    bounds("message_bytes", 4_096, 536_870_912);
    bounds("depth", 1, 128);
    bounds("nodes", 1, 1_000_000);
  });

  it("refuses what is none of its own", () => {
    expect(error('{"dialect":"smtp"}')).toBe('unknown key "dialect"');
    expect(error('{"limits":{"sessions":1}}').startsWith('limits: unknown key "sessions"')).toBe(true);
    expect(error('{"proxy_protocol":true}').startsWith("proxy_protocol: expected ")).toBe(true);
  });

  it("has a record of the access log only where it is wanted", () => {
    expect(read('{"access_log":{}}').identifier === null).toBe(true);
    expect(read('{"access_log":{"record":true}}').identifier === null).toBe(false);
    expect(
      read('{"access_log":{"record":true,"identities":"hash","hash_key":"k"}}').identifier === null,
    ).toBe(false);
    expect(
      error('{"access_log":{"record":true,"identities":"hash"}}').startsWith("access_log.hash_key: "),
    ).toBe(true);
  });
});
