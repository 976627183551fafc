import { describe, test } from "vitest";

/**
 * `describe` for tests that need something from outside the project. `missing` says what it is where it is not there: then
 * they are skipped by name, and fail in CI.
 */
export function describeNeeding(missing: string | undefined, title: string, tests: () => void): void {
  if (missing === undefined) {
    describe(title, tests);
  } else if (process.env["CI"]) {
    describe(title, () => {
      test("has what it needs", () => {
        throw new Error(missing);
      });
    });
  } else {
    describe.skip(`${title} (${missing})`, tests);
  }
}
