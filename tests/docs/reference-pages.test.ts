/** The check of the reference pages finds what is missing from them, and what they make up. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../support/modules.ts";
import { checkerOf, NAMES } from "../../tools/docs/checker.mjs";

/** What is done to a page, and what the check has to say then. */
interface Damage {
  readonly what: string;
  readonly from: RegExp;
  readonly to: string;
  readonly found: RegExp;
}

/** Of every page. */
const DAMAGES: readonly Damage[] = [
  {
    what: "a metric without its row",
    from: /^\| `\w+_limits_reached_total` \| counter.*\n/m,
    to: "",
    found: /_limits_reached_total: has no row/,
  },
  {
    what: "a row without its metric",
    from: /^(\| `\w+_)opaque_bytes_total` \| counter/m,
    to: "$1opaque_octets_total` | counter",
    found: /_opaque_octets_total is no metric of the module/,
  },
  {
    what: "another type",
    from: /(_filter_memory_bytes` \| )gauge/,
    to: "$1counter",
    found: /_filter_memory_bytes: type is gauge, not counter/,
  },
  {
    what: "another level",
    from: /(_filter_info` \|.*\| )low( \|)/,
    to: "$1high$2",
    found: /_filter_info: level is low, not high/,
  },
  {
    what: "a metric without an example",
    from: /(_proxy_preambles_total` \|.*\| )`[^`]*` \|$/m,
    to: "$1`1` |",
    found: /_proxy_preambles_total: has no example/,
  },
  {
    what: "a value that is not in the list of its label",
    from: /^(\| `verbosity` \| all \| `low standard) high/m,
    to: "$1",
    found: /_filter_info: values of verbosity is high low standard, not low standard/,
  },
  {
    what: "a list of a label that nothing has",
    from: /^\| `verbosity` \| all/m,
    to: "| `loudness` | all",
    found: /no metric has the label loudness/,
  },
  {
    what: "an anomaly that is not explained",
    from: /(values \w+_anomalies_total kind -->\n.*\n.*\n.*\n)\|.*\n/,
    to: "$1",
    found: /kind of \w+_anomalies_total: \w+ is not explained/,
  },
  {
    what: "an anomaly that there is not",
    from: /(values \w+_anomalies_total kind -->\n.*\n.*\n.*\n)/,
    to: "$1| `gremlin` | each | It bites. | Run. |\n",
    found: /gremlin is no value/,
  },
  {
    what: "an anomaly without advice",
    from: /(values \w+_anomalies_total kind -->\n.*\n.*\n.*\n\|.*\|)[^|]*\|\n/,
    to: "$1 |\n",
    found: /has an empty cell/,
  },
  {
    what: "no table of limits",
    from: /<!-- docs-check: values \w+_limits_reached_total cap -->\n/,
    to: "",
    found: /there is none of \w+_limits_reached_total cap/,
  },
  {
    what: "a configuration key without its row",
    from: /^\| `limits\.metrics`.*\n/m,
    to: "",
    found: /limits\.metrics: type, default and range are integer; 1000; 0–100000, not undefined/,
  },
  {
    what: "a configuration key that there is not",
    from: /^\| `limits\.metrics`/m,
    to: "| `limits.gremlins`",
    found: /limits\.gremlins is no key/,
  },
  {
    what: "another default",
    from: /(`access_log\.record` \| boolean \| )`false`/,
    to: "$1`true`",
    found: /access_log\.record: .* not boolean; true/,
  },
  {
    what: "a query that selects by what is no value",
    from: /_bytes_total\[5m\]/,
    to: '_bytes_total{from="nobody"}[5m]',
    found: /no value of from fits "nobody"/,
  },
];

for (const name of NAMES) {
  describe(`docs/${name}.md`, () => {
    const text = readFileSync(join(ROOT, "docs", `${name}.md`), "utf8");
    let problemsIn: (text: string) => string[];
    beforeAll(async () => {
      problemsIn = await checkerOf(name);
    });

    test("as it is", () => {
      expect(problemsIn(text)).toEqual([]);
    });

    for (const { what, from, to, found } of DAMAGES) {
      test(what, () => {
        const damaged = text.replace(from, to);
        expect(damaged).not.toBe(text);
        expect(problemsIn(damaged)).toContainEqual(expect.stringMatching(found));
      });
    }
  });
}
