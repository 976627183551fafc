/** A property as Envoy has it; integers are whole numbers or bigints, encoded as 8 bytes. */
export type PropertyValue = string | number | bigint | boolean | Uint8Array;

/** By path, its segments joined with dots: `connection.tls_version`, `source.address`. */
export type Properties = Readonly<Record<string, PropertyValue>>;

/** What the module sets is stored under this prefix in the connection's filter state. */
export const FILTER_STATE_PREFIX = "wasm.";

/** The bytes of a value as `proxy_get_property` gives them. */
export function encodeProperty(value: PropertyValue): Uint8Array {
  if (typeof value === "string") return Buffer.from(value);
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (value instanceof Uint8Array) return value;
  const bytes = Buffer.alloc(8);
  if (typeof value === "bigint") bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  else if (Number.isInteger(value)) bytes.writeBigInt64LE(BigInt(value));
  else bytes.writeDoubleLE(value);
  return bytes;
}

/** The properties and the filter state of one connection. */
export class PropertyTable {
  /** Filter state by full key, e.g. `wasm.heirloom.smtp`. */
  readonly filterState: Map<string, Uint8Array>;
  /** Knows what nobody set, by path. */
  implied: (path: string) => PropertyValue | undefined = () => undefined;
  private readonly values = new Map<string, PropertyValue>();

  constructor(properties: Properties = {}, filterState = new Map<string, Uint8Array>()) {
    this.filterState = filterState;
    this.merge(properties);
  }

  set(path: string, value: PropertyValue): void {
    this.values.set(path, value);
  }

  merge(properties: Properties): void {
    for (const [path, value] of Object.entries(properties)) this.values.set(path, value);
  }

  /** The value at a path; undefined where there is none. */
  get(path: string): PropertyValue | undefined {
    return this.values.get(path) ?? this.implied(path);
  }

  /** As an access logger sees it: with some more, and without what belongs to the connection rather than its record. */
  forAccessLog(more: Properties): PropertyTable {
    const table = new PropertyTable(Object.fromEntries(this.values), this.filterState);
    table.implied = this.implied;
    table.values.delete("connection_id");
    table.merge(more);
    return table;
  }

  /** Looks up a path of NUL-separated segments. */
  find(path: string): Uint8Array | undefined {
    const segments = path.split("\0");
    // Some SDKs end a path with NUL.
    if (segments.at(-1) === "") segments.pop();
    const value = this.get(segments.join("."));
    if (value !== undefined) return encodeProperty(value);
    const [first = "", key] = segments;
    // A key with dots in it is one segment.
    if (first === "filter_state" && segments.length === 2) return this.filterState.get(key ?? "");
    return segments.length === 1 ? this.filterState.get(FILTER_STATE_PREFIX + first) : undefined;
  }
}
