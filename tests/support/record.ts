import { expect } from "vitest";
import type { Connection } from "../../host/index.ts";

/** docs/smtp.md, docs/ldap.md: "at most 4 KiB". */
const MOST_BYTES = 4_096;

/** What the filter of `protocol` has left for the access log: JSON of text without control characters; undefined without. */
export function recordOf<T>(connection: Connection, protocol: string): T | undefined {
  const bytes = connection.filterState.get(`wasm.heirloom.${protocol}`);
  if (bytes === undefined) return undefined;
  expect(bytes.length).toBeLessThanOrEqual(MOST_BYTES);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  return JSON.parse(text) as T;
}
