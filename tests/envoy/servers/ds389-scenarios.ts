/** What a scenario with 389-DS is made of. */

import { expect } from "vitest";
import type { Books } from "../support/books.ts";
import type { Rig } from "../support/rig.ts";
import { runClient, SUFFIX } from "./ds389.ts";
import type { Ds389Book } from "./ds389-books.ts";

/** What is done with one listener. */
export interface Ds389Scenario {
  /** Also the `stat_prefix`. */
  readonly name: string;
  readonly title: string;
  readonly play: (port: number, rig: Rig) => Promise<void>;
  /** Everything that `compact` shows. */
  readonly book: Books;
  /** Whether connections have several requests outstanding. */
  readonly requests?: "pipelined";
  /** What 389-DS has counted more than the filter: for itself, or because the filter could not read it. */
  readonly more?: Partial<Ds389Book>;
  /** Connections whose Unbind lies in a layer. */
  readonly unseenUnbinds?: number;
  /** Whether its log has what the filter has, in spite of that. */
  readonly logged?: "all";
  /** Its own remarks about searches, by letter (see `Ds389Log`). */
  readonly notes?: Readonly<Record<string, number>>;
}

/** Everybody's. */
export const PASSWORD = "secret";

/** `uid=u1` … `uid=u6`, below {@link SUFFIX}, and a referral. */
export const DIRECTORY = [
  ...[1, 2, 3, 4, 5, 6].map((i) => `\n${user(`u${i}`)}`),
  `\ndn: ou=elsewhere,${SUFFIX}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://one.example/ou=elsewhere,${SUFFIX}\n`,
].join("");

/** Options of ldapsearch for all that is there. */
export const BASE = ["-b", SUFFIX];

/** One of them. */
export const ANN = `uid=u1,${SUFFIX}`;

/** Runs one of OpenLDAP's clients and fails unless it ends with `code`; see {@link runClient}. */
export async function client(
  port: number,
  code: number,
  program: string,
  args: readonly string[] = [],
  input?: string,
): Promise<string> {
  const ended = await runClient(program, port, args, input);
  expect([program, args, ended.code, ended.output]).toEqual([program, args, code, ended.output]);
  return ended.output;
}

/** LDIF of somebody. */
export function user(uid: string): string {
  return `dn: uid=${uid},${SUFFIX}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\nuserPassword: ${PASSWORD}\n`;
}
