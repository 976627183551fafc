// The check of one filter's reference page, for texts that do not lie in docs/: it has to find what is wrong with them.
import { catalogueOfFilter } from "./catalogue.mjs";
import { FILTERS } from "./filters.mjs";
import { readMarkdown } from "./markdown.mjs";
import { checksOfReference } from "./reference.mjs";
import { unknownSeries } from "./series.mjs";

/** The filters that have a reference page. */
export const NAMES = FILTERS.map(({ name }) => name);

/** A function from the text of docs/NAME.md to what is wrong with it. */
export async function checkerOf(name) {
  const filter = FILTERS.find((one) => one.name === name);
  const catalogue = await catalogueOfFilter(filter);
  return (text) => {
    const page = readMarkdown(`docs/${name}.md`, text);
    const problems = checksOfReference(filter, page, catalogue).flatMap(([what, found]) =>
      found.map((problem) => `${what}: ${problem}`),
    );
    return [...problems, ...unknownSeries(page, catalogue)];
  };
}
