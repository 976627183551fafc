// One port for several protocols: the first bytes of the client say which server the connection goes to. Until then no
// server is connected, and the bytes stay with Envoy. tcp_proxy needs `upstream_connect_mode: ON_DOWNSTREAM_DATA`.
export * from "../../../assembly/exports";
import {
  CounterFamily,
  DownstreamChunk,
  EnvoyState,
  FilterFactory,
  Module,
  NetworkFilter,
  NewConnection,
  Plugin,
  Settings,
  Slice,
  Stats,
  Text,
  Vector,
} from "../../../assembly";

enum Protocol {
  tls,
  ssh,
  http,
  other,
}
const PROTOCOLS: string[] = ["tls", "ssh", "http", "other"];
const UNDECIDED: i32 = -1;

/** What clients begin with: a TLS handshake, SSH's banner, the methods of HTTP as far as tells. */
const BEGINNINGS: string[] = ["\x16", "SSH-", "GET ", "HEAD", "POST", "PUT ", "PATC", "DELE", "OPTI", "PRI "];

/** Length of the longest of them. */
const LONGEST: i32 = 4;

export class RouterFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.router"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const plugin = new RouterPlugin(Stats.of("router", settings.name("stat_prefix", "default")));
    const clusters = settings.object("clusters");
    for (let i = 0; i < PROTOCOLS.length; i++)
      plugin.clusters.push(clusters.text(unchecked(PROTOCOLS[i]), "", 60));
    return plugin;
  }
}

/** One per configuration. */
class RouterPlugin extends Plugin {
  readonly connections: CounterFamily;
  /** By protocol; empty: the one that tcp_proxy names. */
  readonly clusters: Vector<string> = new Vector<string>();

  constructor(stats: Stats) {
    super();
    this.connections = stats.counterFamily("connections_total").label("protocol", PROTOCOLS).define();
  }

  newFilter(): NetworkFilter {
    return new RouterFilter(this);
  }
}

/** One per connection, reused. */
class RouterFilter extends NetworkFilter {
  private isRouted: bool = false;
  /** A chunk holds what is new, and may be a single byte: what decides is kept. */
  private readonly kept: Text = Text.ofCapacity(LONGEST);
  private readonly head: Slice = new Slice();

  constructor(private readonly plugin: RouterPlugin) {
    super();
  }

  onNewConnection(connection: NewConnection): void {
    this.isRouted = false;
    this.kept.clear();
    connection.hold();
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    if (this.isRouted) return;
    this.kept.slice(chunk.slice(0, LONGEST - this.kept.length));
    if (endOfStream && this.kept.length == 0) {
      chunk.close(); // tcp_proxy connects nobody without a byte
      return;
    }
    const protocol = protocolOf(this.kept.toSlice(this.head));
    if (protocol == UNDECIDED && !endOfStream) return;
    this.route(protocol == UNDECIDED ? Protocol.other : protocol);
    chunk.release();
  }

  private route(protocol: i32): void {
    this.isRouted = true;
    this.plugin.connections.at(protocol).inc();
    const cluster = this.plugin.clusters.get(protocol);
    if (cluster === null || cluster.length == 0) return;
    if (!EnvoyState.setCluster(cluster)) this.fail("Envoy refused the cluster");
  }
}

/** The protocol that begins with `head`; UNDECIDED where more of it has to be seen. */
function protocolOf(head: Slice): i32 {
  for (let i = 0; i < BEGINNINGS.length; i++) {
    const beginning = unchecked(BEGINNINGS[i]);
    if (!agree(head, beginning)) continue;
    return head.length < beginning.length ? UNDECIDED : min<i32>(i, Protocol.http);
  }
  return Protocol.other;
}

/** Whether one of the two begins with the other. */
function agree(head: Slice, beginning: string): bool {
  for (let i = 0; i < min(head.length, beginning.length); i++) {
    if (head.at(i) != beginning.charCodeAt(i)) return false;
  }
  return true;
}

Module.register(new RouterFactory());
