// Configurations made from a JSON Schema: valid ones, and such with something changed. Seeded, so that a failure
// can be repeated.

/** The parts of JSON Schema that configurations are made from. */
export interface ObjectSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, NodeSchema>>;
  readonly $defs?: Readonly<Record<string, NodeSchema>>;
  /** One value of one key makes other keys required. */
  readonly if?: { readonly properties: Readonly<Record<string, { readonly const: string }>> };
  readonly then?: { readonly required: readonly string[] };
}
interface IntegerSchema {
  readonly type: "integer";
  readonly minimum: number;
  readonly maximum: number;
  readonly default?: number;
}
interface ChoiceSchema {
  readonly enum: readonly string[];
  readonly default?: string;
}
interface NameSchema {
  readonly type: "string";
  readonly pattern: string;
  readonly default?: string;
}
interface TextSchema {
  readonly type: "string";
  readonly maxLength: number;
}
interface BooleanSchema {
  readonly type: "boolean";
  readonly default?: boolean;
}
interface ReferenceSchema {
  readonly $ref: string;
}
export type NodeSchema =
  ObjectSchema | IntegerSchema | ChoiceSchema | NameSchema | TextSchema | BooleanSchema | ReferenceSchema;

/** mulberry32: small, and the same everywhere. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to `below`, exclusive. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new RangeError("nothing to pick from");
    return found;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/** JSON before it is text: numbers are kept as they are to be written. */
type Draft = Map<string, Draft> | string;

/** A configuration that the schema accepts, as text. */
export function valid(schema: ObjectSchema, random: Random): string {
  return written(objectOf(schema, schema, random));
}

/** One with one to three changes, each of which may or may not matter. */
export function mutated(schema: ObjectSchema, random: Random): string {
  const draft = objectOf(schema, schema, random);
  for (let changes = 1 + random.below(3); changes > 0; changes--) change(draft, schema, schema, random);
  return written(draft);
}

function objectOf(schema: ObjectSchema, root: ObjectSchema, random: Random): Map<string, Draft> {
  const draft = new Map<string, Draft>();
  for (const [key, node] of Object.entries(schema.properties)) {
    if (random.chance(40)) draft.set(key, valueOf(resolve(node, root), root, random));
  }
  for (const key of requiredBy(draft, schema)) {
    draft.set(key, valueOf(resolve(schema.properties[key], root), root, random));
  }
  return draft;
}

/** Keys that the values in the draft make necessary and that are not there. */
function requiredBy(draft: ReadonlyMap<string, Draft>, schema: ObjectSchema): readonly string[] {
  const conditions = Object.entries(schema.if?.properties ?? {});
  const applies =
    conditions.length > 0 && conditions.every(([key, is]) => draft.get(key) === JSON.stringify(is.const));
  return applies ? (schema.then?.required ?? []).filter((key) => !draft.has(key)) : [];
}

function valueOf(node: NodeSchema, root: ObjectSchema, random: Random): Draft {
  if ("properties" in node) return objectOf(node, root, random);
  if ("enum" in node) return JSON.stringify(random.pick(node.enum));
  if ("maxLength" in node)
    return JSON.stringify(random.pick(["k", 'q"\\ \n', "é", "z".repeat(node.maxLength)]));
  if ("type" in node && node.type === "boolean") return random.pick(["true", "false"]);
  if ("minimum" in node) {
    const span = node.maximum - node.minimum + 1;
    return number(random.pick([node.minimum, node.maximum, node.minimum + random.below(span)]), random);
  }
  return JSON.stringify(random.pick(["edge", "a", "mx_1", "z".repeat(32)]));
}

/** The same whole number in one of the ways that JSON has for it. */
function number(value: number, random: Random): string {
  const ways = [
    `${value}`,
    `${value}.0`,
    `${value}.000`,
    `${value}e0`,
    `${value / 1000}e3`,
    `${value * 10}E-1`,
  ];
  return random.pick(ways.filter((text) => Number(text) === value));
}

const STRANGE_KEYS = [
  "hash_key",
  "verbostiy",
  "",
  "limits ",
  "Limits",
  "__proto__",
  "constructor",
  "é",
  "default",
  "rcpt",
  "pipeline",
];
const STRANGE_VALUES = [
  "null",
  "true",
  "false",
  '""',
  '"low"',
  '"auto"',
  '"edge"',
  "0",
  "-1",
  "1.5",
  "[]",
  "[{}]",
  "{}",
  "1e99",
  "-0",
];

function change(draft: Map<string, Draft>, schema: ObjectSchema, root: ObjectSchema, random: Random): void {
  const key = random.pick(Object.keys(schema.properties));
  const node = resolve(schema.properties[key], root);
  const present = draft.get(key);
  if ("properties" in node && random.chance(60)) {
    const inner = present instanceof Map ? present : new Map<string, Draft>();
    draft.set(key, inner);
    change(inner, node, root, random);
  } else if (random.chance(20)) {
    draft.set(random.pick(STRANGE_KEYS), random.pick(STRANGE_VALUES));
  } else if ("maxLength" in node && random.chance(50)) {
    draft.set(key, JSON.stringify("z".repeat(node.maxLength + random.below(2))));
  } else if ("minimum" in node && random.chance(60)) {
    draft.set(key, nearTheEdge(node, random));
  } else {
    draft.set(key, random.chance(50) ? random.pick(STRANGE_VALUES) : valueOf(node, root, random));
  }
}

function nearTheEdge({ minimum, maximum }: IntegerSchema, random: Random): string {
  const edges = [minimum - 1, minimum, minimum + 1, maximum - 1, maximum, maximum + 1];
  if (random.chance(20)) return `${random.pick(edges)}.5`;
  return number(random.pick(edges), random);
}

function resolve(node: NodeSchema | undefined, root: ObjectSchema): NodeSchema {
  if (node === undefined) throw new Error("no such key in the schema");
  if (!("$ref" in node)) return node;
  return resolve(root.$defs?.[node.$ref.replace("#/$defs/", "")], root);
}

function written(draft: Draft): string {
  if (typeof draft === "string") return draft;
  const members = [...draft].map(([key, value]) => `${JSON.stringify(key)}: ${written(value)}`);
  return `{${members.join(", ")}}`;
}
