/** One Envoy with listeners for everything, and servers that keep books behind it. */

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PostfixTools } from "../../bench/postfix.ts";
import { DirectoryServer } from "../../demo/ldap/server/server.ts";
import { MailServer } from "../../demo/smtp/server/server.ts";
import type { Address } from "../../host/envoy/address.ts";
import { cluster, envoyConfig, listener, type FilterOptions } from "../../host/envoy/bootstrap.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { downstreamTls } from "../../host/envoy/tls.ts";
import { MaildropServer } from "./pop3/server.ts";
import { CountingSink } from "./postfix.ts";

export const HOST = "127.0.0.1";

/** A listener: which filter reads it, under which stat_prefix, who is behind it, and whether Envoy ends TLS before. */
interface Door {
  readonly protocol: "smtp" | "ldap" | "pop3";
  readonly prefix: string;
  readonly server: keyof Servers;
  readonly tls?: true;
}

/** Two doors of one prefix are one book. */
export const DOORS = {
  mail: { protocol: "smtp", prefix: "mail", server: "mail" },
  mails: { protocol: "smtp", prefix: "mail", server: "mail", tls: true },
  rough: { protocol: "smtp", prefix: "rough", server: "sink" },
  directory: { protocol: "ldap", prefix: "directory", server: "directory" },
  stray: { protocol: "ldap", prefix: "stray", server: "other" },
  maildrop: { protocol: "pop3", prefix: "maildrop", server: "maildrop" },
  maildrops: { protocol: "pop3", prefix: "maildrop", server: "maildrop", tls: true },
} as const satisfies Readonly<Record<string, Door>>;
export type DoorName = keyof typeof DOORS;

/** Those behind it. */
export interface Servers {
  readonly mail: MailServer;
  readonly sink: CountingSink;
  readonly directory: DirectoryServer;
  /** A second one, for clients that break off: its book says nothing of how connections end. */
  readonly other: DirectoryServer;
  readonly maildrop: MaildropServer;
}

/**
 * How long connections of a listener that was replaced may go on, in seconds; then Envoy closes them. Longer than any
 * session takes, on a busy machine too.
 */
const DRAIN_SECONDS = 120;

/** Each other configuration differs from the one before in this, which nobody notices: how much memory may be taken. */
const MEMORY_BYTES = 256 << 20;

/** The running whole. */
export class SoakStage {
  readonly servers: Servers;
  readonly envoy: RunningEnvoy;
  private readonly ports: ReadonlyMap<DoorName, number>;
  private readonly folder: string;
  private generation = 0;

  private constructor(
    servers: Servers,
    envoy: RunningEnvoy,
    ports: ReadonlyMap<DoorName, number>,
    folder: string,
  ) {
    this.servers = servers;
    this.envoy = envoy;
    this.ports = ports;
    this.folder = folder;
  }

  /** Starts all of it. Throws, in one line, what is missing. */
  static async start(tools: PostfixTools, workers: number, binary: string): Promise<SoakStage> {
    const servers = await startServers(tools);
    const folder = mkdtempSync(join(tmpdir(), "heirloom-soak-"));
    const ports = new Map<DoorName, number>();
    for (const name of names()) ports.set(name, await anyPort());
    try {
      offer(folder, ports, 0);
      const envoy = await startEnvoy({
        config: envoyConfig({
          listeners: [],
          clusters: Object.entries(upstreams(servers)).map(([name, port]) => cluster(name, port)),
          listenersFile: join(folder, "listeners.json"),
        }),
        envoy: binary,
        concurrency: workers,
        args: ["--drain-time-s", String(DRAIN_SECONDS)],
      });
      return new SoakStage(servers, envoy, ports, folder);
    } catch (error) {
      await stopServers(servers);
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  /** Where clients find a listener. */
  at(name: DoorName): Address {
    return { host: HOST, port: this.ports.get(name) ?? 0 };
  }

  /** Updates all listeners: their filters get another configuration while sessions are open. */
  update(): void {
    offer(this.folder, this.ports, ++this.generation);
  }

  /** How often that was. */
  get updates(): number {
    return this.generation;
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    await stopServers(this.servers);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function names(): DoorName[] {
  return Object.keys(DOORS) as DoorName[];
}

function upstreams(servers: Servers): Record<keyof Servers, number> {
  return {
    mail: servers.mail.address.port,
    sink: servers.sink.port,
    directory: servers.directory.address.port,
    other: servers.other.address.port,
    maildrop: servers.maildrop.port,
  };
}

/** Those that had started do not stay behind when one does not. */
async function startServers(tools: PostfixTools): Promise<Servers> {
  const any = { host: HOST, port: 0 };
  const sink = await CountingSink.start(tools);
  try {
    return {
      sink,
      mail: await MailServer.start(any),
      directory: await DirectoryServer.start(any),
      other: await DirectoryServer.start(any),
      maildrop: await MaildropServer.start(),
    };
  } catch (error) {
    await sink.stop();
    throw error;
  }
}

async function stopServers(servers: Servers): Promise<void> {
  await Promise.all(Object.values(servers).map((one: { stop(): Promise<void> }) => one.stop()));
}

/** Puts a new file into the place of the old one: Envoy looks at nothing else. */
function offer(folder: string, ports: ReadonlyMap<DoorName, number>, generation: number): void {
  const type = { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener" };
  const resources = names().map((name) => ({
    ...type,
    ...listenerOf(name, ports.get(name) ?? 0, generation),
  }));
  writeFileSync(join(folder, "next.json"), JSON.stringify({ resources }));
  renameSync(join(folder, "next.json"), join(folder, "listeners.json"));
}

function listenerOf(name: DoorName, port: number, generation: number): object {
  const door: Door = DOORS[name];
  const { protocol, prefix, server } = door;
  const limits = { memory_bytes: MEMORY_BYTES - (generation % 2) };
  const filter: FilterOptions = {
    module: `build/${protocol}.wasm`,
    rootId: `heirloom.${protocol}`,
    configuration: { stat_prefix: prefix, limits },
  };
  const whole = listener({ name, port, upstream: server, filters: [filter] }) as { filter_chains: object[] };
  if (door.tls === undefined) return whole;
  const transport_socket = downstreamTls({ certificate: fixture("server.pem"), key: fixture("server.key") });
  return { ...whole, filter_chains: whole.filter_chains.map((chain) => ({ ...chain, transport_socket })) };
}

/** A certificate of the tests. */
function fixture(file: string): string {
  return join("tests", "host", "fixtures", "tls", file);
}
