// Settings with types: a limit of bytes for each peer, and what happens to a connection that goes beyond it. Whatever
// is wrong with a configuration is one line in Envoy's log each, and Envoy keeps the one it had, or does not start.
export * from "../../../assembly/exports";
import {
  Chunk,
  CounterFamily,
  DownstreamChunk,
  FilterFactory,
  Module,
  NetworkFilter,
  NewConnection,
  Plugin,
  Settings,
  Stats,
  UpstreamChunk,
} from "../../../assembly";

enum Peers {
  client,
  server,
}
const PEERS: string[] = ["client", "server"];

enum Beyond {
  count,
  close,
}
const BEYOND: string[] = ["count", "close"];

const MEBIBYTE: i64 = 1024 * 1024;
/** More than any connection brings. */
const MOST_BYTES: i64 = 1024 * 1024 * MEBIBYTE;

/** What the configuration says. */
class Limits {
  readonly client: u64;
  readonly server: u64;
  /** Of both together. */
  readonly total: u64;
  readonly closes: bool;

  constructor(settings: Settings) {
    const bytes = settings.object("limit_bytes");
    this.client = <u64>bytes.integer("client", MEBIBYTE, 1, MOST_BYTES);
    this.server = <u64>bytes.integer("server", MEBIBYTE, 1, MOST_BYTES);
    this.total = <u64>bytes.integer("total", 2 * MEBIBYTE, 1, MOST_BYTES);
    this.closes = settings.choice("beyond", BEYOND, Beyond.count) == Beyond.close;
    // What one value alone does not tell.
    if (this.total < max(this.client, this.server)) bytes.error("total", "no less than client and server");
  }
}

export class SettingsFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.settings"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("settings", settings.name("stat_prefix", "default"));
    return new SettingsPlugin(stats, new Limits(settings));
  }
}

/** One per configuration. */
class SettingsPlugin extends Plugin {
  readonly beyond: CounterFamily;

  constructor(
    stats: Stats,
    readonly limits: Limits,
  ) {
    super();
    this.beyond = stats.counterFamily("connections_beyond_limit_total").label("by", PEERS).define();
  }

  newFilter(): NetworkFilter {
    return new SettingsFilter(this);
  }
}

/** One per connection, reused. */
class SettingsFilter extends NetworkFilter {
  private client: u64 = 0;
  private server: u64 = 0;
  private isBeyond: bool = false;

  constructor(private readonly plugin: SettingsPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.client = 0;
    this.server = 0;
    this.isBeyond = false;
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    this.client += chunk.size;
    this.check(chunk, Peers.client, this.client > this.plugin.limits.client);
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    this.server += chunk.size;
    this.check(chunk, Peers.server, this.server > this.plugin.limits.server);
  }

  /** `isMore`: than the limit of that peer alone. */
  private check(chunk: Chunk, by: Peers, isMore: bool): void {
    const limits = this.plugin.limits;
    if (this.isBeyond || !(isMore || this.client + this.server > limits.total)) return;
    this.isBeyond = true;
    this.plugin.beyond.at(by).inc();
    if (limits.closes) chunk.close();
  }
}

Module.register(new SettingsFactory());
