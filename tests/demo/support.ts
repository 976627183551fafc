import { setTimeout as delay } from "node:timers/promises";
import { readBooks } from "../../demo/books.ts";
import type { BookedServer } from "../../demo/scene.ts";
import { parsePrometheus } from "../../host/metrics/parse.ts";

/** Everything above 0 in a server's book, as `name label=value…` without the prefix, once all connections are over. */
export async function entriesOf(server: BookedServer, prefix: string): Promise<Record<string, number>> {
  while (server.openConnections > 0) await delay(5);
  return Object.fromEntries(
    parsePrometheus(await readBooks([server]))
      .filter(({ name, value }) => value > 0 && !name.endsWith("_bucket"))
      .map(({ name, labels, value }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
        return [[name.slice(prefix.length), ...pairs].join(" "), value];
      }),
  );
}
