import { CODE, PAGED, SORT } from "../codes.ts";
import { SUFFIX, type Entry } from "../company.ts";
import { ldapjs, type Control, type SearchRequest, type SearchResponse } from "../ldapjs.ts";
import { valuesOf, type Directory } from "./directory.ts";
import { cookieOf } from "./shape.ts";

/** What a search gives: entries, result code, and controls of the response. */
export interface Found {
  readonly code: number;
  readonly entries: readonly Entry[];
  readonly controls: readonly Control[];
}

const SUPPORTED = new Set([PAGED, SORT]);

/** Carries out a search in what is at hand. */
export function search(directory: Directory, request: SearchRequest): Found {
  if (request.dn.length === 0 && request.scope === 0) return found(CODE.success, [ROOT]);
  if (!directory.get(request.dn)) return found(CODE.noSuchObject);
  if (request.controls.some(({ type, criticality }) => criticality && !SUPPORTED.has(type))) {
    return found(CODE.unavailableCriticalExtension);
  }
  try {
    return shaped(request, directory.find(request.dn, request.scope, request.filter));
  } catch {
    // ldapjs has no approximate and no extensible matching.
    return found(CODE.inappropriateMatching);
  }
}

/** Sends an entry with the attributes that the request wants. */
export function sendEntry(entry: Entry, request: SearchRequest, response: SearchResponse): void {
  const { attributes, typesOnly } = request;
  const isAll = attributes.length === 0 || attributes.includes("*");
  const wanted = new Set(attributes.map((name) => name.toLowerCase()));
  const names = Object.keys(entry.attributes).filter((name) => isAll || wanted.has(name.toLowerCase()));
  const selected = names.map((name) => [name, typesOnly ? [] : (entry.attributes[name] ?? [])] as const);
  response.send(
    response.createSearchEntry({
      objectName: entry.dn,
      attributes: ldapjs.Attribute.fromObject(Object.fromEntries(selected)),
    }),
  );
}

/** Sorted, cut at the size limit, and by pages: as far as the request asks for it. */
function shaped(request: SearchRequest, all: readonly Entry[]): Found {
  const sort = request.controls.find(({ type }) => type === SORT);
  const paged = request.controls.find(({ type }) => type === PAGED);
  const controls: Control[] = [];
  let entries = all;
  if (sort) {
    const [{ attributeType } = { attributeType: "" }] = sort.value as { attributeType: string }[];
    entries = [...all].sort((a, b) => (firstOf(a, attributeType) < firstOf(b, attributeType) ? -1 : 1));
    controls.push(new ldapjs.ServerSideSortingResponseControl({ value: { result: 0 } }));
  }
  if (paged) {
    const { size } = paged.value as { size: number };
    const start = Number(cookieOf(paged.value));
    const end = start + size;
    const cookie = Buffer.from(end < entries.length ? String(end) : "");
    controls.push(new ldapjs.PagedResultsControl({ value: { size: entries.length, cookie } }));
    entries = entries.slice(start, end);
  }
  const { sizeLimit } = request;
  const isCut = sizeLimit > 0 && entries.length > sizeLimit;
  return found(
    isCut ? CODE.sizeLimitExceeded : CODE.success,
    isCut ? entries.slice(0, sizeLimit) : entries,
    controls,
  );
}

/** What the server says about itself (RFC 4512 §5.1). */
const ROOT: Entry = {
  dn: "",
  attributes: {
    objectClass: ["top"],
    namingContexts: [SUFFIX],
    supportedLDAPVersion: ["3"],
    supportedControl: [...SUPPORTED],
    vendorName: ["Heirloom demo (npm ldapjs)"],
  },
};

function found(code: number, entries: readonly Entry[] = [], controls: readonly Control[] = []): Found {
  return { code, entries, controls };
}

function firstOf(entry: Entry, attribute: string): string {
  return valuesOf(entry, attribute)?.[0] ?? "";
}
