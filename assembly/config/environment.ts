import { Block } from "../bytes/block";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { Utf8 } from "../bytes/utf8";
import { Host } from "../host/host";
import { MAX_ENVIRONMENT } from "../host/vm-info";
import { JsonValue, Kind } from "./document";
import { ConfigErrors } from "./errors";
import { JsonReader, Token } from "./reader";
import { MAX_ESCAPE, writeEscaped, decimal } from "./strings";
import { Values } from "./values";

const EQUALS: i32 = 0x3d;

/** What stands in errors for a value that cannot be shown. */
const NO_TEXT: string = "bytes that are no UTF-8";

/**
 * Environment variables, those that Envoy's `vm_config.environment_variables` declares, read by asking for them by name and
 * type: `25` is a number, `true` a truth and both are texts. Others may be there, and are no errors. An empty one is there.
 * Errors never show a text, as it may be a secret.
 * Valid until `FilterFactory.configure` returns.
 */
@final
export class Environment extends Values {
  /** `NAME=value`, each ended by NUL. */
  private readonly all: Slice = new Slice();

  /** For the runtime. `into`: where errors go besides. */
  constructor(into: ConfigErrors) {
    super(new ConfigErrors(0, false, "environment", into), "");
    if (!Host.vm.readEnvironment(this.all)) {
      this.errors.add("", "expected at most " + decimal(<i64>MAX_ENVIRONMENT) + " bytes", "", 0);
    }
  }

  protected ask(name: string, kind: Kind): JsonValue | null {
    const variable = this.find(name);
    if (variable === null) return null;
    if (!Utf8.isValid(variable))
      return written(Kind.bytes, new Text(room(NO_TEXT.length), NO_TEXT.length).string(NO_TEXT));
    const literal = literalOf(variable);
    if (literal !== null && literal.kind == kind) return literal;
    const capacity = variable.length * MAX_ESCAPE;
    return written(
      Kind.string,
      writeEscaped(new Text(room(capacity), capacity), variable.start, variable.end),
    );
  }

  /** The value of the variable `name`. */
  private find(name: string): Slice | null {
    const rest = new Slice().copyOf(this.all);
    while (!rest.isEmpty) {
      const length = lengthOf(rest);
      if (rest.at(name.length) == EQUALS && rest.startsWith(name)) {
        return Slice.of(rest.start + <usize>name.length + 1, length - name.length - 1);
      }
      rest.advance(length + 1);
    }
    return null;
  }
}

/** Bytes up to the first NUL, or all. */
function lengthOf(texts: Slice): i32 {
  let length = 0;
  while (texts.at(length) > 0) length++;
  return length;
}

/** The number or truth that a value reads as, all of it; null where it is neither. */
function literalOf(value: Slice): JsonValue | null {
  const reader = new JsonReader(value.start, value.end);
  const token = reader.next();
  const isTruth = token == Token.yes || token == Token.no;
  if (!isTruth && token != Token.number) return null;
  const literal = new JsonValue(isTruth ? Kind.bool : Kind.number, reader.from);
  literal.to = reader.to;
  return reader.next() == Token.end ? literal : null;
}

/** A value as a configuration would have it, written into a text. */
function written(kind: Kind, text: Text): JsonValue {
  const value = new JsonValue(kind, text.start);
  value.to = text.start + <usize>text.length;
  value.isSecret = true;
  return value;
}

/** Memory for as long as the configuration is read. */
function room(size: i32): usize {
  return Block.start(Block.allocate(<usize>size));
}
