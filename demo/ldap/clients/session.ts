import { Client, ResultCodeError } from "ldapts";
import { formatAddress, type Address } from "../../../host/envoy/address.ts";
import { PASSWORD } from "../company.ts";

/** A server that says nothing for so long is out of order, and so is a proxy that swallows an answer. */
export const TIMEOUT_MS = 15_000;

/** URL of a server. */
export function urlOf(server: Address): string {
  return `ldap://${formatAddress(server)}`;
}

/** One connection of an ldapts client, from its first request to its unbind. */
export async function session(server: Address, act: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ url: urlOf(server), timeout: TIMEOUT_MS, connectTimeout: TIMEOUT_MS });
  try {
    await act(client);
  } finally {
    await client.unbind();
  }
}

/** The same for somebody who has proven who it is. */
export async function sessionAs(
  name: string,
  server: Address,
  act: (client: Client) => Promise<void>,
): Promise<void> {
  await session(server, async (client) => {
    await client.bind(name, PASSWORD);
    await act(client);
  });
}

/** Waits for a refusal, which has to have this result code. */
export async function refused(code: number, asked: Promise<unknown>): Promise<void> {
  const outcome = await asked.then(
    () => "success",
    (error: unknown) => error,
  );
  if (outcome instanceof ResultCodeError && outcome.code === code) return;
  throw new Error(
    `expected result code ${code}, got ${outcome instanceof Error ? outcome.message : "success"}`,
  );
}

/** The same, or a failure when it takes too long. */
export async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`));
    }, TIMEOUT_MS);
  });
  return Promise.race([asked, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Throws when what came back is something else. */
export function expectCount(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`expected ${expected} ${what}, got ${found}`);
}
