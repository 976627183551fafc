import { PAGED, SORT } from "../codes.ts";
import type { Filter, SearchRequest } from "../ldapjs.ts";

/** Scopes, by their number. */
export const SCOPES = ["base", "one", "sub"] as const;

const LEAVES: Readonly<Record<string, string>> = {
  EqualityFilter: "eq",
  PresenceFilter: "presence",
  GreaterThanEqualsFilter: "range",
  LessThanEqualsFilter: "range",
  ApproximateFilter: "approx",
  ExtensibleFilter: "ext",
  NotFilter: "not_only",
};

/** Shapes that an index is of little use for, below base scope. */
const UNINDEXED = new Set([
  "presence",
  "substr_leading",
  "range",
  "approx",
  "ext",
  "not_only",
  "compound_no_eq",
]);

/** What kind of filter it is, told from its root, as a label. */
export function shapeOf(filter: Filter): string {
  if (filter.type === "SubstringFilter") return filter.initial ? "substr_initial" : "substr_leading";
  const leaf = LEAVES[filter.type];
  if (leaf !== undefined) return leaf;
  if (filter.filters?.length === 0) return "true_false";
  return hasEquality(filter) ? "compound_eq" : "compound_no_eq";
}

/** What else there is to say about a search, as labels. */
export function traitsOf(request: SearchRequest): string[] {
  const { attributes, controls } = request;
  const shape = shapeOf(request.filter);
  const isBelow = request.scope !== 0;
  const isAnyObject = shape === "presence" && request.filter.attribute.toLowerCase() === "objectclass";
  const paged = controls.find(({ type }) => type === PAGED);
  const traits: Readonly<Record<string, boolean>> = {
    rootdse: !isBelow && isAnyObject && request.dn.length === 0,
    whole_base: isBelow && isAnyObject,
    unindexed_suspect: isBelow && UNINDEXED.has(shape),
    types_only: request.typesOnly,
    no_attributes: attributes.join() === "1.1",
    all_attributes: attributes.length === 0 || attributes.includes("*"),
    paged: paged !== undefined,
    paged_continuation: paged !== undefined && cookieOf(paged.value) !== "",
    sorted: controls.some(({ type }) => type === SORT),
  };
  return Object.keys(traits).filter((trait) => traits[trait]);
}

/** The cookie of a paged request: "" for the first page. */
export function cookieOf(value: unknown): string {
  return (value as { cookie: Buffer }).cookie.toString("latin1");
}

/** An equality that AND and OR lead to, but no NOT. */
function hasEquality({ type, filters = [] }: Filter): boolean {
  return type === "EqualityFilter" || (type !== "NotFilter" && filters.some(hasEquality));
}
