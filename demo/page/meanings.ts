import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "../../host/envoy/project.ts";
import type { Protocol } from "../protocol.ts";

/** What each kind of anomaly means, as the protocol's documentation says it. */
export async function meaningsOf(protocol: Protocol): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(PROJECT, "docs", `${protocol}.md`), "utf8");
  const [, section = ""] = text.split(`<!-- docs-check: values ${protocol}_anomalies_total kind -->`);
  const [page = ""] = section.split("\n\n## ");
  const [, table = ""] = page.split("|---|\n");
  const rows = table.matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \|/gm);
  return Object.fromEntries([...rows].map(([, kind = "", meaning = ""]) => [kind, plain(meaning)]));
}

/** Without the marks of Markdown. */
function plain(text: string): string {
  return text.replaceAll("`", "").trim();
}
