/** `--latency`: what a filter adds to a round trip, by a client that measures each of them. */

import { LDAP } from "./ldap/protocol.ts";
import { search } from "./ldap/traffic.ts";
import { LockstepClient, startLockstep, turnsOf, type Script } from "./lockstep.ts";
import { builtPeers } from "./peers/variants.ts";
import { PLAIN, variantsOf, type Protocol, type Variant } from "./protocol.ts";
import { alternate, withRigs } from "./rigs.ts";
import { SMTP } from "./smtp/protocol.ts";
import { added, median, quantile } from "./summary.ts";
import { signed, table } from "./table.ts";

/** Turns of a connection that are not measured: Envoy's and this process's code gets warm. */
const WARM_UP_ROUNDS = 200;

/** Round trips in microseconds, by variant and slice. */
type RoundTrips = Record<string, number[][]>;

/** Measures `slices` slices of so many rounds of each script and returns the tables. */
export async function latency(slices: number, rounds: number, say: (text: string) => void): Promise<string> {
  const parts: string[] = [];
  for (const { title, script, variants } of subjects()) {
    say(`latency: ${title}`);
    const found = await measureTrips(script, variants, slices, rounds);
    parts.push(`#### Round trips: ${title}`, tripTable(found));
  }
  return parts.join("\n\n");
}

/** A conversation, and what it goes through. */
interface Conversation {
  readonly title: string;
  readonly script: Script;
  readonly variants: readonly Variant[];
}

function subjects(): Conversation[] {
  const [message] = SMTP.exchanges;
  const { request, responses } = search(2, 1);
  const found = { request, response: Buffer.concat(responses) };
  const variants = ({ filters }: Protocol): Variant[] =>
    variantsOf({ filters: [...filters, ...builtPeers()] });
  return [
    {
      title: "SMTP, the four of a message of 1 kB",
      script: { opening: turnsOf(SMTP.opening), turns: turnsOf(message?.steps ?? []) },
      variants: variants(SMTP),
    },
    {
      title: "LDAP, a search that finds one entry",
      script: { opening: turnsOf(LDAP.opening), turns: [found] },
      variants: variants(LDAP),
    },
  ];
}

async function measureTrips(
  script: Script,
  variants: readonly Variant[],
  slices: number,
  rounds: number,
): Promise<RoundTrips> {
  const trips: RoundTrips = {};
  const server = await startLockstep(script);
  try {
    await withRigs(variants, server.port, async (rigs) => {
      const clients = new Map<string, LockstepClient>();
      for (const { port, variant } of rigs) {
        const client = await LockstepClient.open(port, script);
        clients.set(variant.name, client);
        await timed(client, script, WARM_UP_ROUNDS);
      }
      await alternate(slices, rigs, async ({ variant: { name } }) => {
        const client = clients.get(name);
        if (client !== undefined) (trips[name] ??= []).push(await timed(client, script, rounds));
      });
      for (const client of clients.values()) await client.close();
    });
  } finally {
    await server.stop();
  }
  return trips;
}

/** The round trips of so many rounds, in microseconds. */
async function timed(client: LockstepClient, script: Script, rounds: number): Promise<number[]> {
  const trips: number[] = [];
  for (let i = 0; i < rounds; i++) {
    for (const turn of script.turns) {
      const begin = process.hrtime.bigint();
      await client.take(turn);
      trips.push(Number(process.hrtime.bigint() - begin) / 1_000);
    }
  }
  return trips;
}

/** Of p99, too, what is added is the median over the slices: what disturbs the machine falls on single slices. */
function tripTable(found: RoundTrips): string {
  const at = (name: string, share: number): number[] =>
    (found[name] ?? []).map((slice) => quantile(slice, share));
  const rows = Object.keys(found).map((name) => {
    const cells = [0.5, 0.99].flatMap((share) => {
      const own = at(name, share);
      const more = name === PLAIN ? "" : signed(added(own, at(PLAIN, share)));
      return [median(own).toFixed(1), more];
    });
    return [name, ...cells];
  });
  return table(["variant", "p50, µs", "added", "p99, µs", "added"], rows);
}
