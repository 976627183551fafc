// "host calls alone" asks of the proxy what the filters at `standard` ask of it, so that their difference is the filter.
import { expect, test } from "vitest";
import { LDAP } from "../../bench/ldap/protocol.ts";
import { photo, search } from "../../bench/ldap/traffic.ts";
import { DUTY, variantsOf, type Exchange, type Protocol } from "../../bench/protocol.ts";
import { SMTP } from "../../bench/smtp/protocol.ts";
import { exchangeOnce, open, start } from "../../bench/subject.ts";

const TIMES = 1_000;
const CALLS = ["get_buffer_bytes", "clock_time_get", "record_metric"];

/** Host calls of one exchange, by name. */
async function calls(protocol: Protocol, name: string, exchange: Exchange): Promise<Record<string, number>> {
  const variant = variantsOf(protocol).find((one) => one.name === name);
  if (variant === undefined) throw new Error(`no ${name}`);
  const subject = await start(protocol, variant);
  const connection = open(subject);
  const before = new Map(subject.vm.hostCalls);
  for (let i = 0; i < TIMES; i++) exchangeOnce(connection, exchange);
  const of = (call: string): number =>
    ((subject.vm.hostCalls.get(call) ?? 0) - (before.get(call) ?? 0)) / TIMES;
  return Object.fromEntries(CALLS.map((call) => [call, of(call)]));
}

function searched(name: string, request: Uint8Array, ...chunks: Uint8Array[]): Exchange {
  const answers = chunks.map((bytes) => ({ from: "server" as const, bytes }));
  return { name, units: 1, steps: [{ from: "client", bytes: request }, ...answers] };
}

const small = search(1, 1);
const large = photo(1, 60_000);

const EXCHANGES: readonly [Protocol, Exchange][] = [
  ...SMTP.exchanges.map((one): [Protocol, Exchange] => [SMTP, one]),
  [LDAP, searched("entry of 300 bytes", small.request, ...small.responses)],
  // As slapd sends it: in one chunk with what ends the search.
  [LDAP, searched("entry with a value of 60 kB", large.request, Buffer.concat(large.responses))],
];

test.each(EXCHANGES.map(([protocol, exchange]) => ({ protocol, exchange })))(
  "$protocol.title: $exchange.name",
  async ({ protocol, exchange }) => {
    const alone = await calls(protocol, DUTY, exchange);
    const standard = await calls(protocol, `${protocol.name} standard`, exchange);
    for (const call of CALLS) {
      // A batch of samples may be waiting.
      expect(Math.abs((alone[call] ?? NaN) - (standard[call] ?? NaN)), call).toBeLessThan(0.3);
    }
  },
);
