import { NOBODY } from "./connection.ts";
import { readCapture } from "./read.ts";
import { ConnectionTracker } from "./tracker.ts";
import { PORTS } from "./wellknown.ts";

/** How many connections of captures go to the ports of each protocol; those that have any, the most first. */
export async function protocolsIn(
  files: readonly string[],
): Promise<[protocol: string, connections: number][]> {
  const counts = new Map<string, number>();
  const tracker = new ConnectionTracker({
    open: ({ server }) => {
      const [protocol] = Object.entries(PORTS).find(([, ports]) => ports.has(server.port)) ?? [];
      if (protocol !== undefined) counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
      return NOBODY;
    },
  });
  // What is wrong with a file is told when it is read for good.
  const options = { packet: tracker.accept.bind(tracker), warn: () => undefined };
  for (const file of files) await readCapture(file, options);
  tracker.finish();
  return [...counts].sort(([, a], [, b]) => b - a);
}
