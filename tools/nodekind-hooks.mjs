// as-pect 8.1 was compiled against an older AssemblyScript whose NodeKind numbers are baked into its output.
// Each baked number carries its name in a comment, so the installed compiler's own number can take its place.
import { NodeKind } from "assemblyscript";

const STALE = /\/node_modules\/(?:@as-pect\/transform|@as-covers\/transform|visitor-as)\//;

export async function load(url, context, nextLoad) {
  const result = await nextLoad(url, context);
  if (!STALE.test(url) || result.source == null) return result;
  const source = Buffer.from(result.source)
    .toString("utf8")
    .replace(/\b\d+ \/\* NodeKind\.(\w+) \*\//g, (_, name) => {
      if (!(name in NodeKind)) throw new Error(`NodeKind.${name} is unknown to this assemblyscript (${url})`);
      return `${NodeKind[name]} /* NodeKind.${name} */`;
    });
  return { ...result, source };
}
