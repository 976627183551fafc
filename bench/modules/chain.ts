// The same small filter by itself, and as 1, 3 and 6 links of a chain: what a chain costs, and each further link.
// Every link asks for the bytes of every chunk and counts them.
export * from "../../assembly/exports";
import {
  CounterFamily,
  DownstreamChunk,
  FilterChain,
  FilterFactory,
  Module,
  NetworkFilter,
  Plugin,
  Settings,
  Stats,
  UpstreamChunk,
} from "../../assembly";

enum From {
  client,
  server,
}
const FROM: string[] = ["client", "server"];

class ReadingFactory extends FilterFactory {
  constructor(
    rootId: string,
    private readonly prefix: string,
  ) {
    super(rootId);
  }

  configure(_settings: Settings): Plugin {
    return new ReadingPlugin(Stats.of("bench", this.prefix));
  }
}

class ReadingPlugin extends Plugin {
  readonly bytes: CounterFamily;

  constructor(stats: Stats) {
    super();
    this.bytes = stats.counterFamily("bytes_total").label("from", FROM).define();
  }

  newFilter(): NetworkFilter {
    return new ReadingFilter(this);
  }
}

class ReadingFilter extends NetworkFilter {
  constructor(private readonly plugin: ReadingPlugin) {
    super();
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    this.plugin.bytes.at(From.client).add(chunk.bytes().length);
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    this.plugin.bytes.at(From.server).add(chunk.bytes().length);
  }
}

function chainOf(links: i32): FilterChain {
  const chain = new FilterChain("heirloom.bench.chain" + links.toString());
  for (let i = 1; i <= links; i++) {
    const name = "link" + i.toString();
    chain.add(name, new ReadingFactory("heirloom.bench." + name, name));
  }
  return chain;
}

Module.register(new ReadingFactory("heirloom.bench.alone", "alone"));
Module.register(chainOf(1));
Module.register(chainOf(3));
Module.register(chainOf(6));
