// Whether the documentation says what is so: metrics, labels, configuration and anomalies of each filter's reference page
// against its module and schema, in both directions; the SDK's reference against the sources' doc comments; and links, commands
// and metric names of all Markdown files.
//   node tools/docs-check.mjs     needs `npm run build`
import { fileURLToPath } from "node:url";
import { catalogueOfFilter } from "./docs/catalogue.mjs";
import { unknownCommands } from "./docs/commands.mjs";
import { FILTERS } from "./docs/filters.mjs";
import { brokenLinks, strangeAddresses } from "./docs/links.mjs";
import { markdownFiles, readMarkdown } from "./docs/markdown.mjs";
import { PAGE, referenceProblems } from "./docs/reference-sdk.mjs";
import { checksOfReference } from "./docs/reference.mjs";
import { unknownSeries } from "./docs/series.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const counts = { passed: 0, failed: 0 };
const pages = new Map(markdownFiles().map((path) => [path, readMarkdown(path)]));
const everyMetric = new Map();

for (const filter of FILTERS) {
  const catalogue = await catalogueOfFilter(filter);
  for (const [name, metric] of catalogue) everyMetric.set(name, metric);
  const path = `docs/${filter.name}.md`;
  const page = pages.get(path);
  if (page === undefined) check(path, ["is not there"]);
  else for (const [what, problems] of checksOfReference(filter, page, catalogue)) check(what, problems);
}
check(PAGE, await referenceProblems());
for (const page of pages.values()) {
  const problems = [brokenLinks(page, pages), unknownSeries(page, everyMetric), await unknownCommands(page)];
  check(page.path, problems.flat());
}
check("links to elsewhere", strangeAddresses([...pages.values()]));
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** One check: passed when there is no problem. */
function check(what, problems) {
  counts[problems.length === 0 ? "passed" : "failed"]++;
  for (const problem of problems) console.error(`${what}: ${problem}`);
}
