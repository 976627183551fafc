import { Budget, IntegerTable, Verbosity } from "../../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../../assembly/bytes/budget";
import { settingsOf } from "../../../assembly/testing";
import { SmtpConfig } from "../config";
import { Speaks } from "../session/hello";
import { Verb } from "../wire/verbs";

/** The configuration that `json` describes; the spec fails when it has errors. */
function read(json: string): SmtpConfig {
  const settings = settingsOf(json);
  const config = new SmtpConfig(settings);
  settings.finish();
  expect(settings.errors.count).toBe(0, json);
  return config;
}

/** The only error of a configuration, without its place in the text. */
function error(json: string): string {
  const settings = settingsOf(json);
  new SmtpConfig(settings);
  settings.finish();
  const first = settings.errors.first;
  if (first === null || settings.errors.count != 1) return `${settings.errors.count} errors`;
  return first.toString().split(" (byte")[0];
}

function threshold(config: SmtpConfig, verb: Verb): i64 {
  const thresholds: IntegerTable | null = config.thresholds;
  return thresholds === null ? -1 : thresholds.get(verb);
}

/** A key of `limits` takes both ends of its range, and nothing beyond. */
function bounds(key: string, least: i64, most: i64): void {
  const wanted = `expected a whole number between ${least} and ${most}, found `;
  read(`{"limits":{"${key}":${least}}}`);
  read(`{"limits":{"${key}":${most}}}`);
  expect(error(`{"limits":{"${key}":${least - 1}}}`)).toBe(`limits.${key}: ${wanted}${least - 1}`);
  expect(error(`{"limits":{"${key}":${most + 1}}}`)).toBe(`limits.${key}: ${wanted}${most + 1}`);
  expect(error(`{"limits":{"${key}":"x"}}`)).toBe(`limits.${key}: ${wanted}"x"`);
}

describe("SmtpConfig", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("has a default for everything", () => {
    const config = read("");
    expect(config.statPrefix).toBe("default");
    expect(config.verbosity).toBe(Verbosity.standard);
    expect(config.thresholds === null).toBe(true);
    expect(config.metrics).toBe(1_000);
    expect(config.sessions).toBe(100_000);
    expect(config.identifier === null).toBe(true);
    expect(config.session.speaks).toBe(Speaks.auto);
    expect(config.session.allowsProxy).toBe(true);
    expect(config.session.lineBytes).toBe(2_048);
    expect(config.session.pipeline).toBe(1_024);
    expect(config.session.limboBytes).toBe(16_384);
    expect(Budget.limit).toBe(DEFAULT_MEMORY_BYTES);
  });

  it("takes every key", () => {
    const config = read(
      '{"stat_prefix":"edge","verbosity":"low","dialect":"lmtp","proxy_protocol":"never","limits":{' +
        '"memory_bytes":8388608,"metrics":5,"sessions":7,"line_bytes":600,"pipeline":9,"limbo_bytes":2048}}',
    );
    expect(config.statPrefix).toBe("edge");
    expect(config.verbosity).toBe(Verbosity.low);
    expect(config.metrics).toBe(5);
    expect(config.sessions).toBe(7);
    expect(config.session.speaks).toBe(Speaks.lmtp);
    expect(config.session.allowsProxy).toBe(false);
    expect(config.session.lineBytes).toBe(600);
    expect(config.session.pipeline).toBe(9);
    expect(config.session.limboBytes).toBe(2_048);
    expect(Budget.limit).toBe(8_388_608);
  });

  it("takes the other choices", () => {
    expect(read('{"dialect":"smtp"}').session.speaks).toBe(Speaks.smtp);
    expect(read('{"dialect":"auto"}').session.speaks).toBe(Speaks.auto);
    expect(read('{"verbosity":"high"}').verbosity).toBe(Verbosity.high);
    expect(read('{"proxy_protocol":"auto"}').session.allowsProxy).toBe(true);
  });

  it("has buffers of the sizes asked for", () => {
    const session = read('{"limits":{"line_bytes":600,"limbo_bytes":2048}}').session;
    expect(session.commandLines.size).toBe(601);
    expect(session.limbos.size).toBe(2_048);
  });

  it("reads thresholds by verb, the others from default", () => {
    const config = read('{"slow_commands_ms":{"rcpt":500,"default":1000}}');
    expect(threshold(config, Verb.rcpt)).toBe(500);
    expect(threshold(config, Verb.mail)).toBe(1_000);
    expect(threshold(config, Verb.connect)).toBe(1_000);
    const some = read('{"slow_commands_ms":{"eod":1}}');
    expect(threshold(some, Verb.eod)).toBe(1);
    expect(threshold(some, Verb.mail)).toBe(0);
    expect(threshold(read('{"slow_commands_ms":{}}'), Verb.mail)).toBe(0);
  });

  it("refuses thresholds that are none", () => {
    expect(error('{"slow_commands_ms":{"rcpt":"fast"}}')).toBe(
      'slow_commands_ms.rcpt: expected a whole number between 1 and 3600000, found "fast"',
    );
    expect(error('{"slow_commands_ms":{"rcpt":0}}')).toBe(
      "slow_commands_ms.rcpt: expected a whole number between 1 and 3600000, found 0",
    );
    expect(error('{"slow_commands_ms":{"default":3600001}}')).toBe(
      "slow_commands_ms.default: expected a whole number between 1 and 3600000, found 3600001",
    );
    expect(error('{"slow_commands_ms":{"rctp":1}}')).toBe(
      'slow_commands_ms: unknown key "rctp"; did you mean "rcpt"?',
    );
  });

  it("holds limits to their ranges", () => {
    bounds("memory_bytes", 4_194_304, 536_870_912);
    bounds("metrics", 0, 100_000);
    bounds("sessions", 1, 1_000_000);
    bounds("line_bytes", 512, 65_536);
    bounds("pipeline", 2, 65_535);
    bounds("limbo_bytes", 1_024, 1_048_576);
  });

  it("refuses choices that are none", () => {
    expect(error('{"dialect":"esmtp"}').startsWith("dialect: expected ")).toBe(true);
    expect(error('{"proxy_protocol":true}').startsWith("proxy_protocol: expected ")).toBe(true);
    expect(error('{"verbosity":"loud"}').startsWith("verbosity: expected ")).toBe(true);
    expect(error('{"stat_prefix":"Edge"}').startsWith("stat_prefix: expected ")).toBe(true);
  });

  it("has a record of the access log only where it is wanted", () => {
    expect(read('{"access_log":{}}').identifier === null).toBe(true);
    expect(read('{"access_log":{"record":true}}').identifier === null).toBe(false);
    expect(read('{"access_log":{"record":false,"identities":"plain"}}').identifier === null).toBe(true);
    expect(
      read('{"access_log":{"record":true,"identities":"hash","hash_key":"k"}}').identifier === null,
    ).toBe(false);
  });

  it("refuses to hash without a key", () => {
    expect(
      error('{"access_log":{"record":true,"identities":"hash"}}').startsWith("access_log.hash_key: "),
    ).toBe(true);
  });
});
