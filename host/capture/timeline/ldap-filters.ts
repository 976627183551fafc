import { elementsOf, textOf, type Element } from "./ber.ts";

/** What stands for a value that may be a secret. */
export const MASK = "********";

/** Attributes whose values nobody should see, though somebody looks for them. */
const SECRET = /pass|pwd|secret|token|credential|key$/i;

/** Deeper filters are told as dots: nobody reads them. */
const MAX_LEVELS = 16;

const AND = 0xa0;
const OR = 0xa1;
const NOT = 0xa2;
const SUBSTRINGS = 0xa4;
const PRESENT = 0x87;
const EXTENSIBLE = 0xa9;

/** Signs between attribute and value (RFC 4515). */
const SIGNS: Readonly<Record<number, string>> = { 0xa3: "=", 0xa5: ">=", 0xa6: "<=", 0xa8: "~=" };

/** A filter of a search as RFC 4515 writes it; values of attributes that hold secrets are masked. */
export function filterText({ tag, value }: Element, level = 0): string {
  if (level === MAX_LEVELS) return "(…)";
  const inner = (): string => [...elementsOf(value)].map((one) => filterText(one, level + 1)).join("");
  if (tag === AND || tag === OR || tag === NOT) return `(${"&|!"[tag - AND]}${inner()})`;
  if (tag === PRESENT) return `(${textOf(value)}=*)`;
  const parts = [...elementsOf(value)];
  const attribute = textOf(parts[0]?.value ?? value);
  if (tag === SUBSTRINGS) return `(${attribute}=${substrings(attribute, parts[1]?.value)})`;
  if (tag === EXTENSIBLE) return `(${extensible(parts)})`;
  const sign = SIGNS[tag];
  if (sign === undefined) return "(?)";
  return `(${attribute}${sign}${valueText(attribute, parts[1]?.value)})`;
}

/** Whether the values of an attribute are nobody's business. */
function isSecret(attribute: string): boolean {
  return SECRET.test(attribute);
}

function substrings(attribute: string, value: Uint8Array | undefined): string {
  const parts = [...elementsOf(value ?? new Uint8Array(0))];
  const texts = parts.map((part) => valueText(attribute, part.value));
  const first = parts[0]?.tag === 0x80 ? "" : "*";
  const last = parts.at(-1)?.tag === 0x82 ? "" : "*";
  return `${first}${texts.join("*")}${last}`;
}

/** `type:dn:rule:=value`; the components come in any order. */
function extensible(parts: readonly Element[]): string {
  const of = (tag: number): Uint8Array | undefined => parts.find((part) => part.tag === tag)?.value;
  const [rule, type, value, dn] = [of(0x81), of(0x82), of(0x83), of(0x84)];
  const attribute = type === undefined ? "" : textOf(type);
  const isWithDn = dn !== undefined && dn[0] !== 0;
  const words = [attribute, ...(isWithDn ? ["dn"] : []), ...(rule === undefined ? [] : [textOf(rule)])];
  return `${words.join(":")}:=${valueText(attribute, value)}`;
}

function valueText(attribute: string, value: Uint8Array | undefined): string {
  if (value === undefined) return "";
  if (isSecret(attribute)) return MASK;
  return textOf(value).replace(
    /[()*\\\0]/g,
    (letter) => `\\${letter.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
