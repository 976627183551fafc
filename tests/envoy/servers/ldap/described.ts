/** Tests made of scenarios. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../../support/requirements.ts";
import { startKerberos, type Kerberos } from "./kerberos.ts";
import { compact, expectAgreement, Theatre, withEitherEnd, type Scenario } from "./scenarios.ts";
import { HOST } from "./slapd.ts";

/** Whether slapd's users can show a ticket. */
export interface Setting {
  readonly kerberos?: "needed";
}

/** Plays all of them, and says of each whether the filter, slapd and the access log agree. */
export function describeScenarios(
  title: string,
  scenarios: readonly Scenario[],
  { kerberos: wanted }: Setting = {},
): void {
  describeWith(["envoy", "server:slapd"], title, () => {
    let kerberos: Kerberos | undefined;
    let theatre: Theatre | undefined;

    beforeAll(async () => {
      if (wanted !== undefined) kerberos = await startKerberos(HOST, "ann");
      theatre = await Theatre.open(scenarios, kerberos);
    }, 120_000);
    afterAll(async () => {
      await theatre?.close();
      await kerberos?.stop();
    });

    test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s", async (_, scenario) => {
      if (theatre === undefined) return expect.fail("nothing was played");
      const { name, book, check, records, unseen } = scenario;
      await expectAgreement(theatre, scenario);
      const found = await theatre.book(name);
      const counted = (unseen?.unbind ?? 0) > 0 ? withEitherEnd(compact(found)) : compact(found);
      if (book !== undefined) expect(counted).toEqual(book);
      check?.(found);
      if (records === undefined) return;
      const lines = await theatre.records(name);
      const wanted = records.map((record) => expect.objectContaining(record) as unknown);
      // Of connections one after the other, Envoy may log the second first.
      expect(lines.map(({ record }) => record)).toEqual(expect.arrayContaining(wanted));
    });
  });
}
