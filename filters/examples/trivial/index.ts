// The smallest filter there is: it counts connections and bytes.
export * from "../../../assembly/exports";
import {
  Chunk,
  Counter,
  CounterFamily,
  FilterFactory,
  Module,
  NetworkFilter,
  Plugin,
  Settings,
  Stats,
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

  onNewConnection(): void {
    this.plugin.connections.inc();
  }

  onDownstreamData(chunk: Chunk, _endOfStream: bool): void {
    this.plugin.bytes.at(From.client).add(chunk.size);
  }

  onUpstreamData(chunk: Chunk, _endOfStream: bool): void {
    this.plugin.bytes.at(From.server).add(chunk.size);
  }
}

Module.register(new TrivialFactory());
