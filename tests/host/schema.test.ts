// config.schema.json says what the module says: the same documents are accepted, and the same rejected.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, test } from "vitest";
import { ConfigurationRejected, Vm, type HostModule } from "../../host/index.ts";
import { mutated, Random, valid, type ObjectSchema } from "../support/configurations.ts";
import { configSources, integerDefaults, keysAskedFor } from "../support/config-source.ts";
import { builtModule, ROOT } from "../support/modules.ts";

const DOCUMENTS = 500;
const SEED = 20_261_121;
/** A VM keeps what it accepted, so it serves only so many documents. */
const PER_VM = 50;

/** What is the filters' own. */
interface Filter {
  readonly name: string;
  /** Thresholds, and the label of what they are of. */
  readonly thresholds: string;
  readonly label: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
}

const FILTERS: readonly Filter[] = [
  {
    name: "smtp",
    thresholds: "slow_commands_ms",
    label: "verb",
    accepted: [
      '{"slow_commands_ms": {}}',
      '{"slow_commands_ms": {"default": 1000.0, "rcpt": 1e3, "eod": 0.001e6}}',
      '{"limits": {"metrics": 0, "sessions": 1, "line_bytes": 512, "pipeline": 65535}}',
    ],
    rejected: [
      '{"limits": {"pipeline": "1024"}}',
      '{"limits": {"pipeline": 2.5}}',
      '{"limits": {"pipeline": 1}}',
      '{"limits": {"line_byte": 2048}}',
      '{"slow_commands_ms": {"connect": 0}}',
      '{"slow_commands_ms": {"ehlo ": 5}}',
      '{"slow_commands_ms": 5}',
      '{"slow_operations_ms": {}}',
    ],
  },
  {
    name: "pop3",
    thresholds: "slow_commands_ms",
    label: "verb",
    accepted: [
      '{"slow_commands_ms": {"default": 1000.0, "retr": 1e3, "auth_response": 0.001e6}}',
      '{"limits": {"metrics": 0, "sessions": 1, "line_bytes": 255, "pipeline": 65535, "limbo_bytes": 1024}}',
    ],
    rejected: [
      '{"limits": {"pipeline": 1}}',
      '{"limits": {"line_bytes": 254}}',
      '{"limits": {"limbo_bytes": 1048577}}',
      '{"slow_commands_ms": {"mail": 5}}',
      '{"dialect": "auto"}',
    ],
  },
  {
    name: "ldap",
    thresholds: "slow_operations_ms",
    label: "op",
    accepted: [
      '{"slow_operations_ms": {}}',
      '{"slow_operations_ms": {"default": 1000.0, "search": 1e3, "bind": 0.001e6}}',
      '{"limits": {"connections": 1, "operations": 131072, "message_bytes": 4096, "depth": 128, "nodes": 1}}',
    ],
    rejected: [
      '{"limits": {"operations": "1024"}}',
      '{"limits": {"operations": 0}}',
      '{"limits": {"operations": 131073}}',
      '{"limits": {"depth": 129}}',
      '{"limits": {"depth": 2.5}}',
      '{"limits": {"nodes": 0}}',
      '{"limits": {"message_bytes": 4095}}',
      '{"limits": {"sessions": 5}}',
      '{"slow_operations_ms": {"search": 0}}',
      '{"slow_operations_ms": {"searches": 5}}',
      '{"slow_operations_ms": []}',
      '{"dialect": "auto"}',
    ],
  },
];

describe.each(FILTERS)("$name", ({ name, thresholds, label, accepted, rejected }) => {
  const rootId = `heirloom.${name}`;
  const schema = JSON.parse(
    readFileSync(join(ROOT, "filters", name, "config.schema.json"), "utf8"),
  ) as ObjectSchema;

  let isValid: ValidateFunction;
  let module: HostModule;
  let vm: Vm;
  let served = 0;

  beforeAll(async () => {
    isValid = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
    module = await builtModule(name);
  });

  /** What the module says: its errors, none when it accepts. */
  function errorsOf(configuration: string): readonly string[] {
    if (served++ % PER_VM === 0) vm = new Vm(module);
    try {
      vm.startPlugin({ rootId, configuration });
      return [];
    } catch (error) {
      if (error instanceof ConfigurationRejected) return error.errors;
      throw error;
    }
  }

  /** Both answers as text, so that a difference shows the document and why. */
  function verdicts(text: string): { schema: string; module: string } {
    const accepted = isValid(JSON.parse(text));
    const errors = errorsOf(text);
    const why = (problems: readonly unknown[]): string => `rejects ${text}: ${JSON.stringify(problems)}`;
    return {
      schema: accepted ? "accepts" : why(isValid.errors ?? []),
      module: errors.length === 0 ? "accepts" : why(errors),
    };
  }

  function expectSame(text: string): "accepts" | "rejects" {
    const found = verdicts(text);
    const both = [found.schema, found.module].map((words) => words.slice(0, "accepts".length));
    if (both[0] !== both[1]) throw new Error(`${text}\nschema ${found.schema}\nmodule ${found.module}`);
    return both[0] === "accepts" ? "accepts" : "rejects";
  }

  describe("generated documents", () => {
    test("valid ones are accepted by both", () => {
      const random = new Random(SEED);
      const seen = Array.from({ length: DOCUMENTS }, () => expectSame(valid(schema, random)));
      expect(new Set(seen)).toEqual(new Set(["accepts"]));
    });

    test("mutated ones get the same answer from both", () => {
      const random = new Random(SEED + 1);
      const seen = Array.from({ length: DOCUMENTS }, () => expectSame(mutated(schema, random)));
      const rejected = seen.filter((verdict) => verdict === "rejects").length;
      // Mutations that never mattered, or always did, would test little.
      expect(rejected).toBeGreaterThan(DOCUMENTS / 2);
      expect(rejected).toBeLessThan(DOCUMENTS);
    });
  });

  describe("documents by hand", () => {
    const good = [
      "{}",
      '{"limits": {}}',
      '{"limits": {"metrics": -0}}',
      '{"stat_prefix": "a"}',
      '{"access_log": {"hash_key": ""}}',
      '{"access_log": {"record": false, "identities": "hash", "hash_key": "k"}}',
      `{"stat_prefix": "${"a".repeat(32)}"}`,
      ...accepted,
    ];
    test.each(good)("accepted: %s", (text) => expect(expectSame(text)).toBe("accepts"));

    const bad = [
      "null",
      "[]",
      '"{}"',
      '{"stat_prefix": null}',
      '{"stat_prefix": ""}',
      '{"stat_prefix": "1a"}',
      '{"stat_prefix": "a.b"}',
      '{"stat_prefix": "edge\\n"}',
      `{"stat_prefix": "${"a".repeat(33)}"}`,
      '{"verbosity": "High"}',
      '{"verbosity": 1}',
      '{"limits": null}',
      '{"limits": {"memory_bytes": 1e30}}',
      '{"access_log": {"record": 1}}',
      '{"access_log": {"identities": "hash"}}',
      '{"access_log": {"identities": "hash", "hash_key": ""}}',
      '{"access_log": {"hash_key": null}}',
      '{"__proto__": 1}',
      '{"toString": "x"}',
      '{"": 1}',
      ...rejected,
    ];
    test.each(bad)("rejected: %s", (text) => expect(expectSame(text)).toBe("rejects"));
  });

  test("a key of few characters but many bytes is refused by the module alone", () => {
    const text = JSON.stringify({ access_log: { hash_key: "é".repeat(200) } });
    expect(isValid(JSON.parse(text))).toBe(true);
    expect(errorsOf(text)).toHaveLength(1);
  });

  describe("schema and source", () => {
    test("know the same keys", () => {
      const inSchema = Object.entries(schema.properties).flatMap(([key, node]) =>
        "properties" in node && key !== thresholds ? [key, ...Object.keys(node.properties)] : [key],
      );
      expect(keysAskedFor(configSources(name)).sort()).toEqual([...inSchema, "default"].sort());
    });

    test("know the same things that can be slow", () => {
      const vm = new Vm(module);
      vm.startPlugin({ rootId, configuration: `{"${thresholds}": {}}` });
      const metric = new RegExp(`${thresholds.replace("_ms", "_total")}\\.${label}\\.(\\w+)$`);
      const slow = vm.defined.flatMap(({ fullName }) => metric.exec(fullName)?.[1] ?? []);
      const node = schema.properties[thresholds];
      if (node === undefined || !("properties" in node)) throw new Error(`${thresholds} is no object`);
      expect(Object.keys(node.properties).sort()).toEqual([...slow, "default"].sort());
    });

    test("have the same defaults of numbers", () => {
      const limits = schema.properties.limits;
      if (limits === undefined || !("properties" in limits)) throw new Error("limits is no object");
      const inSchema = Object.entries(limits.properties).map(([key, node]) => [
        key,
        "default" in node && node.default,
      ]);
      expect(integerDefaults(configSources(name))).toMatchObject(Object.fromEntries(inSchema) as object);
    });

    test("have the same defaults of words", () => {
      const absent = new Vm(module);
      absent.startPlugin({ rootId, configuration: "" });
      const given = new Vm(module);
      const { stat_prefix, verbosity } = schema.properties;
      const configuration = { stat_prefix: defaultOf(stat_prefix), verbosity: defaultOf(verbosity) };
      given.startPlugin({ rootId, configuration: JSON.stringify(configuration) });
      const names = (of: Vm): string[] => of.defined.map(({ fullName }) => fullName);
      expect(names(absent)).toEqual(names(given));
    });
  });
});

function defaultOf(node: unknown): unknown {
  return typeof node === "object" && node !== null && "default" in node ? node.default : undefined;
}
