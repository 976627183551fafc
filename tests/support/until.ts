import { vi } from "vitest";

/** For slow machines; still within the time that a test has, so that what is said is what was waited for. */
const PATIENCE = { timeout: 50_000, interval: 10 };

/** Looks again and again. Rejects where the condition does not come. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, PATIENCE);
}
