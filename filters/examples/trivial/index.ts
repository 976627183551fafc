// The smallest filter that does something: it counts connections and bytes, and leaves its count for the access log.
export * from "../../../assembly/exports";
import {
  Counter,
  CounterFamily,
  DownstreamChunk,
  FilterFactory,
  FilterState,
  Module,
  NetworkFilter,
  NewConnection,
  Plugin,
  Settings,
  Stats,
  Text,
  UpstreamChunk,
} from "../../../assembly";

enum From {
  client,
  server,
}
const FROM: string[] = ["client", "server"];

/** Room for `client=N server=N`. */
const MAX_ENTRY_BYTES: i32 = 64;

export class TrivialFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.trivial"); // = root_id
  }

  configure(settings: Settings): Plugin {
    return new TrivialPlugin(Stats.of("trivial", settings.name("stat_prefix", "default")));
  }
}

/** One per configuration. */
class TrivialPlugin extends Plugin {
  readonly connections: Counter;
  readonly bytes: CounterFamily;
  readonly entry: Text = Text.ofCapacity(MAX_ENTRY_BYTES);

  constructor(stats: Stats) {
    super();
    this.connections = stats.counter("connections_total");
    this.bytes = stats.counterFamily("bytes_total").label("from", FROM).define();
  }

  newFilter(): NetworkFilter {
    return new TrivialFilter(this);
  }
}

/** One per connection, reused. */
class TrivialFilter extends NetworkFilter {
  private fromClient: u64 = 0;
  private fromServer: u64 = 0;

  constructor(private readonly plugin: TrivialPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.fromClient = 0;
    this.fromServer = 0;
    this.plugin.connections.inc();
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    this.fromClient += chunk.size;
    this.plugin.bytes.at(From.client).add(chunk.size);
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    this.fromServer += chunk.size;
    this.plugin.bytes.at(From.server).add(chunk.size);
  }

  onLog(): void {
    const entry = this.plugin.entry.clear();
    entry.string("client=").unsigned(this.fromClient).string(" server=").unsigned(this.fromServer);
    FilterState.set("trivial", entry.toSlice());
  }
}

Module.register(new TrivialFactory());
