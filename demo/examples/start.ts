import { configureFilter, replaceAddresses } from "../../host/envoy/adapt.ts";
import type { Address } from "../../host/envoy/address.ts";
import { choosePort } from "../../host/envoy/ports.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { readExample, type Example } from "./example.ts";
import { startPeer, type ExamplePeer } from "./peers.ts";

/** How an example is started. */
export interface ExampleStart {
  /** The binary. */
  readonly envoy: string;
  /** `documented`: those of its envoy.yaml, or free ones where they are in use. `free`: always free ones. */
  readonly ports: "documented" | "free";
  /** The address that Envoy listens on. Default 127.0.0.1. */
  readonly bind?: string;
  /** Settings of the first listener's filter that replace those of its envoy.yaml. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Worker threads. Default 1. */
  readonly workers?: number;
  /** Gets each line that Envoy writes. */
  readonly onLine?: (line: string) => void;
}

/** An example that takes connections. */
export interface RunningExample {
  readonly example: Example;
  readonly envoy: RunningEnvoy;
  /** Where each listener listens, by its name. */
  readonly listeners: ReadonlyMap<string, Address>;
  /** The peers, by the name of their cluster. */
  readonly peers: ReadonlyMap<string, ExamplePeer>;
  /** Where the listener with that port in envoy.yaml listens. Throws when there is none. */
  addressFor(port: number): Address;
  stop(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/** Starts an example's peers and its Envoy. Rejects as `startEnvoy` does, or in one line when a port is in use. */
export async function startExample(name: string, start: ExampleStart): Promise<RunningExample> {
  const example = readExample(name);
  const { addresses } = example;
  const peers = new Map<string, ExamplePeer>();
  const stopPeers = async (): Promise<void> => {
    for (const peer of peers.values()) await peer.stop();
  };
  try {
    for (const [cluster, { port }] of Object.entries(addresses.clusters)) {
      const address = await addressAt(cluster, { host: LOOPBACK, port }, start.ports);
      peers.set(cluster, await startPeer(cluster, address));
    }
    const wanted = new Map<string, Address>();
    for (const [listener, { port }] of Object.entries(addresses.listeners)) {
      wanted.set(listener, await addressAt(listener, { host: start.bind ?? LOOPBACK, port }, start.ports));
    }
    const admin = { host: start.bind ?? LOOPBACK, port: addresses.admin.port };
    const config = replaceAddresses(configured(example, start.settings), {
      admin: await addressAt("admin", admin, start.ports),
      listeners: Object.fromEntries(wanted),
      clusters: Object.fromEntries([...peers].map(([cluster, { address }]) => [cluster, address])),
    });
    const envoy = await startEnvoy({
      config,
      envoy: start.envoy,
      cwd: PROJECT,
      args: example.args,
      concurrency: start.workers,
      onLine: start.onLine,
    });
    const listeners = new Map<string, Address>();
    for (const listener of wanted.keys()) listeners.set(listener, await envoy.listener(listener));
    return {
      example,
      envoy,
      listeners,
      peers,
      addressFor: (port) => addressFor(example, listeners, port),
      stop: async () => {
        await envoy.stop();
        await stopPeers();
      },
    };
  } catch (error) {
    await stopPeers();
    throw error;
  }
}

function configured({ yaml, addresses }: Example, settings: ExampleStart["settings"]): string {
  const [listener] = Object.keys(addresses.listeners);
  return settings && listener !== undefined ? configureFilter(yaml, listener, settings) : yaml;
}

/** `name`: of a listener or cluster, for the variable that fixes its port: HEIRLOOM_ECHO_PORT. */
async function addressAt(
  name: string,
  { host, port }: Address,
  ports: ExampleStart["ports"],
): Promise<Address> {
  if (ports === "free") return { host, port: 0 };
  const variable = `HEIRLOOM_${name.toUpperCase().replaceAll("-", "_")}_PORT`;
  return { host, port: (await choosePort({ preferred: port, variable, host })).port };
}

function addressFor(example: Example, listeners: ReadonlyMap<string, Address>, port: number): Address {
  const listener = Object.entries(example.addresses.listeners).find(
    ([, address]) => address.port === port,
  )?.[0];
  const address = listeners.get(listener ?? "");
  if (address === undefined)
    throw new Error(`${example.name}: no listener on port ${port} in its envoy.yaml`);
  return address;
}
