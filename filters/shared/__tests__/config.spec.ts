import { Budget, IntegerTable, Settings, Verbosity } from "../../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../../assembly/bytes/budget";
import { FilterConfig, readThresholds } from "../config";
import { bounds, error, read, threshold } from "./configurations";

const KINDS: string[] = ["one", "two"];

/** A configuration with nothing of its own but thresholds. */
class Plain extends FilterConfig {
  readonly thresholds: IntegerTable | null;

  constructor(settings: Settings) {
    super(settings);
    this.thresholds = readThresholds(settings, "slow_ms", KINDS);
  }
}

describe("FilterConfig", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("has a default for everything", () => {
    const config = read<Plain>("");
    expect(config.statPrefix).toBe("default");
    expect(config.verbosity).toBe(Verbosity.standard);
    expect(config.thresholds === null).toBe(true);
    expect(config.metrics).toBe(1_000);
    expect(config.allowsProxy).toBe(true);
    expect(config.identifier === null).toBe(true);
    expect(Budget.limit).toBe(DEFAULT_MEMORY_BYTES);
  });

  it("takes every key", () => {
    const config = read<Plain>(
      '{"stat_prefix":"edge","verbosity":"low","proxy_protocol":"never",' +
        '"limits":{"memory_bytes":8388608,"metrics":5}}',
    );
    expect(config.statPrefix).toBe("edge");
    expect(config.verbosity).toBe(Verbosity.low);
    expect(config.metrics).toBe(5);
    expect(config.allowsProxy).toBe(false);
    expect(Budget.limit).toBe(8_388_608);
  });

  it("takes the other choices", () => {
    expect(read<Plain>('{"verbosity":"high"}').verbosity).toBe(Verbosity.high);
    expect(read<Plain>('{"proxy_protocol":"auto"}').allowsProxy).toBe(true);
  });

  it("holds limits to their ranges", () => {
    bounds<Plain>("memory_bytes", 4_194_304, 536_870_912);
    bounds<Plain>("metrics", 0, 100_000);
  });

  it("refuses choices that are none", () => {
    expect(error<Plain>('{"proxy_protocol":true}').startsWith("proxy_protocol: expected ")).toBe(true);
    expect(error<Plain>('{"verbosity":"loud"}').startsWith("verbosity: expected ")).toBe(true);
    expect(error<Plain>('{"stat_prefix":"Edge"}').startsWith("stat_prefix: expected ")).toBe(true);
  });

  it("has a record of the access log only where it is wanted", () => {
    expect(read<Plain>('{"access_log":{}}').identifier === null).toBe(true);
    expect(read<Plain>('{"access_log":{"record":true}}').identifier === null).toBe(false);
    expect(read<Plain>('{"access_log":{"record":false,"identities":"plain"}}').identifier === null).toBe(
      true,
    );
    const hashed = '{"access_log":{"record":true,"identities":"hash","hash_key":"k"}}';
    expect(read<Plain>(hashed).identifier === null).toBe(false);
  });

  it("refuses to hash without a key", () => {
    expect(
      error<Plain>('{"access_log":{"record":true,"identities":"hash"}}').startsWith("access_log.hash_key: "),
    ).toBe(true);
  });

  it("reads thresholds by name, the others from default", () => {
    const both = read<Plain>('{"slow_ms":{"one":500,"default":1000}}').thresholds;
    expect(threshold(both, 0)).toBe(500);
    expect(threshold(both, 1)).toBe(1_000);
    const some = read<Plain>('{"slow_ms":{"one":1}}').thresholds;
    expect(threshold(some, 0)).toBe(1);
    expect(threshold(some, 1)).toBe(0);
    expect(threshold(read<Plain>('{"slow_ms":{}}').thresholds, 0)).toBe(0);
  });

  it("refuses thresholds that are none", () => {
    const wanted = "expected a whole number between 1 and 3600000, found ";
    expect(error<Plain>('{"slow_ms":{"one":"fast"}}')).toBe(`slow_ms.one: ${wanted}"fast"`);
    expect(error<Plain>('{"slow_ms":{"one":0}}')).toBe(`slow_ms.one: ${wanted}0`);
    expect(error<Plain>('{"slow_ms":{"default":3600001}}')).toBe(`slow_ms.default: ${wanted}3600001`);
    expect(error<Plain>('{"slow_ms":{"onee":1}}')).toBe('slow_ms: unknown key "onee"; did you mean "one"?');
  });
});
