import type { Address } from "../host/envoy/address.ts";
import type { Book } from "./books.ts";
import type { Account } from "./compare.ts";
import type { Crowd } from "./crowd.ts";
import type { PortName } from "./configuration.ts";
import type { Panel } from "./view/panel.ts";

/** The protocols of the demo: the names of listener and cluster in envoy.yaml. */
export type Protocol = "smtp" | "ldap";

/** A real server that keeps a book of its own. */
export interface BookedServer extends Book {
  readonly address: Address;
  /** Connections that are open now. */
  readonly openConnections: number;
  stop(): Promise<void>;
}

/** One protocol of the demo: its server, its clients, and how what they do is shown and compared. */
export interface Scene {
  readonly protocol: Protocol;
  /** What goes over the wire, in a word. */
  readonly subject: string;
  /** The server's software. */
  readonly software: string;
  /** The server's port. */
  readonly serverPort: PortName;
  /** Starts the server. Throws, in one line, when the address is in use. */
  startServer(address: Address): Promise<BookedServer>;
  /** Sets the clients to work on the proxy. */
  startClients(proxy: Address): Crowd;
  /** What filter and books both keep. */
  readonly accounts: readonly Account[];
  readonly panel: Panel;
}
