import { CODE } from "../codes.ts";
import { BRANCH, company, SUFFIX, type Entry } from "../company.ts";
import type { AddRequest, Dn, Filter, ModifyDnRequest, ModifyRequest } from "../ldapjs.ts";

/** The entries, and what can be done with them. Everything that can fail returns a result code. */
export class Directory {
  private readonly entries = new Map<string, Entry>(company().map((entry) => [keyOf(entry.dn), entry]));

  get(dn: Dn | string): Entry | undefined {
    return this.entries.get(keyOf(dn));
  }

  /** What a search finds below `base`; throws where the filter cannot be matched. */
  find(base: Dn, scope: number, filter: Filter): Entry[] {
    const root = keyOf(base);
    return [...this.entries]
      .filter(([key]) => isInScope(key, root, scope))
      .map(([, entry]) => entry)
      .filter(({ attributes }) => filter.matches(attributes, false));
  }

  /** Whether a search there comes across what the branch's server knows. */
  meetsBranch(base: Dn, scope: number): boolean {
    return scope === 2 && keyOf(base) === keyOf(SUFFIX);
  }

  /** Whether it is the branch's server that has to be asked. */
  isOfBranch(dn: Dn): boolean {
    return isBelow(keyOf(dn), keyOf(BRANCH));
  }

  compare(dn: Dn, attribute: string, value: string): number {
    const entry = this.get(dn);
    if (!entry) return CODE.noSuchObject;
    const values = valuesOf(entry, attribute);
    if (!values) return CODE.noSuchAttribute;
    return values.includes(value) ? CODE.compareTrue : CODE.compareFalse;
  }

  modify(dn: Dn, changes: ModifyRequest["changes"]): number {
    const entry = this.get(dn);
    if (!entry) return CODE.noSuchObject;
    for (const { operation, modification } of changes) {
      const name = nameIn(entry, modification.type);
      const kept = operation === "add" ? (entry.attributes[name] ?? []) : [];
      const values = operation === "delete" ? [] : [...kept, ...modification.values];
      if (values.length > 0) entry.attributes[name] = values;
      // Every attribute that the demo deletes has one value.
      else Reflect.deleteProperty(entry.attributes, name);
    }
    return CODE.success;
  }

  add(dn: Dn, attributes: AddRequest["attributes"]): number {
    if (this.get(dn)) return CODE.entryAlreadyExists;
    if (!this.entries.has(parentOf(keyOf(dn)))) return CODE.noSuchObject;
    this.put(dn.toString(), Object.fromEntries(attributes.map(({ type, values }) => [type, [...values]])));
    return CODE.success;
  }

  delete(dn: Dn): number {
    const key = keyOf(dn);
    if (!this.entries.has(key)) return CODE.noSuchObject;
    if ([...this.entries.keys()].some((other) => parentOf(other) === key)) return CODE.notAllowedOnNonLeaf;
    this.entries.delete(key);
    return CODE.success;
  }

  rename(dn: Dn, { newRdn, newSuperior }: ModifyDnRequest): number {
    const entry = this.get(dn);
    if (!entry) return CODE.noSuchObject;
    const target = `${newRdn.toString()},${newSuperior?.toString() ?? parentOf(keyOf(dn))}`;
    if (this.get(target)) return CODE.entryAlreadyExists;
    const code = this.delete(dn);
    if (code === CODE.success) this.put(target, entry.attributes);
    return code;
  }

  private put(dn: string, attributes: Record<string, string[]>): void {
    this.entries.set(keyOf(dn), { dn, attributes });
  }
}

/** The values of an attribute, whatever the case of its name. */
export function valuesOf(entry: Entry, attribute: string): readonly string[] | undefined {
  return entry.attributes[nameIn(entry, attribute)];
}

/** Whether `dn` is `base` or below it. */
export function isAt(dn: Dn, base: string): boolean {
  return isBelow(keyOf(dn), keyOf(base));
}

function nameIn({ attributes }: Entry, attribute: string): string {
  return Object.keys(attributes).find((name) => name.toLowerCase() === attribute.toLowerCase()) ?? attribute;
}

function isInScope(key: string, root: string, scope: number): boolean {
  if (scope === 0) return key === root;
  return scope === 1 ? parentOf(key) === root : isBelow(key, root);
}

function isBelow(key: string, root: string): boolean {
  return key === root || root === "" || key.endsWith(`,${root}`);
}

/** No value in the demo has a comma. */
function parentOf(key: string): string {
  const comma = key.indexOf(",");
  return comma < 0 ? "" : key.slice(comma + 1);
}

function keyOf(dn: Dn | string): string {
  return dn.toString().toLowerCase();
}
