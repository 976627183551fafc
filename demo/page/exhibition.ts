import { join } from "node:path";
import { PROJECT } from "../../host/envoy/project.ts";
import { loadModule, type HostModule } from "../../host/module/load.ts";
import type { Address } from "../../host/envoy/address.ts";
import { MODULE } from "../configuration.ts";
import { Crowd, type Worker } from "../crowd.ts";
import type { Protocol } from "../protocol.ts";
import type { Exhibit, Scene } from "../scene.ts";
import type { Lane, Session } from "./messages.ts";
import { SessionReader } from "./session-reader.ts";
import { tapping } from "./tap.ts";

/** How long a session stays on show before the next, in milliseconds: long enough to be read. */
const SHOW_MS = 12_000;

/** The client of one lane, and what it does, in turn. */
interface Programme {
  readonly lane: Lane;
  readonly items: readonly { readonly protocol: Protocol; readonly exhibit: Exhibit }[];
}

/** Two more clients, whose sessions are read along, line by line, with the words of `heirloom replay --timeline`. */
export async function startExhibition(
  scenes: readonly Scene[],
  proxy: Readonly<Record<Protocol, Address>>,
  show: (session: Session) => void,
): Promise<Crowd> {
  const module = await loadModule(join(PROJECT, MODULE));
  const workers = (["good", "failing"] as const).map((lane) =>
    performer(module, { lane, items: programme(scenes, lane) }, proxy, show),
  );
  return new Crowd(workers);
}

/** One of each protocol in turn. */
function programme(scenes: readonly Scene[], lane: Lane): Programme["items"] {
  const lists = scenes.map(({ protocol, exhibits }) =>
    exhibits[lane].map((exhibit) => ({ protocol, exhibit })),
  );
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat();
}

function performer(
  module: HostModule,
  { lane, items }: Programme,
  proxy: Readonly<Record<Protocol, Address>>,
  show: (session: Session) => void,
): Worker {
  const readers: Partial<Record<Protocol, SessionReader>> = {};
  let turn = 0;
  const act = async (): Promise<void> => {
    const item = items[turn++ % items.length];
    if (!item) return;
    const { protocol, exhibit } = item;
    const reader = (readers[protocol] ??= new SessionReader(module, protocol));
    const listener = reader.begin(({ lines, began, isOver }) => {
      show({ lane, protocol, title: exhibit.title, began, lines, isOver });
    });
    await tapping(listener, () => exhibit.scenario(proxy[protocol]));
    reader.finish();
  };
  return { act, pauseMs: SHOW_MS };
}
