import type { Address } from "../host/envoy/address.ts";
import type { Book } from "./books.ts";
import type { Account } from "./compare.ts";
import type { Crowd, Scenario } from "./crowd.ts";
import type { PortName } from "./configuration.ts";
import type { Lane } from "./page/messages.ts";
import type { Protocol } from "./protocol.ts";
import type { Receipts } from "./receipts.ts";
import type { Panel } from "./view/panel.ts";

/** A real server that keeps a book of its own. */
export interface BookedServer extends Book {
  readonly address: Address;
  /** Connections that are open now. */
  readonly openConnections: number;
  /** The last things that it received. */
  readonly receipts: Receipts;
  stop(): Promise<void>;
}

/** A session that is worth a look. */
export interface Exhibit {
  /** What the client is about. */
  readonly title: string;
  readonly scenario: Scenario;
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
  /** Clients whose sessions are shown line by line: some that get what they want, some that do not. */
  readonly exhibits: Readonly<Record<Lane, readonly Exhibit[]>>;
  /** What filter and books both keep. */
  readonly accounts: readonly Account[];
  readonly panel: Panel;
}
