// The smallest filter there is: it counts connections and bytes.
export * from "../../../assembly/exports";
import {
  Counter,
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

enum From {
  client,
  server,
}
const FROM: string[] = ["client", "server"];

class TrivialFactory extends FilterFactory {
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
  constructor(private readonly plugin: TrivialPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.plugin.connections.inc();
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    this.plugin.bytes.at(From.client).add(chunk.size);
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    this.plugin.bytes.at(From.server).add(chunk.size);
  }
}

Module.register(new TrivialFactory());
