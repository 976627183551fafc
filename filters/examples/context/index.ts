// What belongs together: the first line of a client's and the first line of its server's, however many connections
// talk at the same time. Both are left for the access log, with the time between them.
export * from "../../../assembly/exports";
import {
  Chunk,
  Counter,
  DownstreamChunk,
  FilterFactory,
  FilterState,
  Histogram,
  Host,
  Module,
  NANOSECONDS_PER_MICROSECOND,
  NetworkFilter,
  NewConnection,
  Plugin,
  Settings,
  Stats,
  Text,
  UpstreamChunk,
} from "../../../assembly";

/** Kept of a line. */
const MAX_LINE_BYTES: i32 = 64;
/** Room for two lines, a number and the words around them. */
const MAX_ENTRY_BYTES: i32 = 2 * MAX_LINE_BYTES + 64;
const LINE_FEED: u8 = 0x0a;

export class ContextFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.context"); // = root_id
  }

  configure(settings: Settings): Plugin {
    return new ContextPlugin(Stats.of("context", settings.name("stat_prefix", "default")));
  }
}

/** One per configuration. */
class ContextPlugin extends Plugin {
  readonly requests: Counter;
  readonly responses: Counter;
  readonly duration: Histogram;
  readonly entry: Text = Text.ofCapacity(MAX_ENTRY_BYTES);

  constructor(stats: Stats) {
    super();
    this.requests = stats.counter("requests_total");
    this.responses = stats.counter("responses_total");
    this.duration = stats.histogram("response_duration_us");
  }

  newFilter(): NetworkFilter {
    return new ContextFilter(this);
  }
}

/** The first line of one peer: what of it is printable, up to MAX_LINE_BYTES. */
class FirstLine {
  readonly text: Text = Text.ofCapacity(MAX_LINE_BYTES);
  isWhole: bool = false;

  begin(): void {
    this.text.clear();
    this.isWhole = false;
  }

  /** True when the line ends in this chunk. */
  endsIn(chunk: Chunk): bool {
    if (this.isWhole) return false;
    const bytes = chunk.bytes();
    for (let i = 0; i < bytes.length && !this.isWhole; i++) {
      const byte = <u8>bytes.at(i);
      this.isWhole = byte == LINE_FEED;
      if (byte >= 0x20 && byte < 0x7f) this.text.byte(byte); // nobody else's control characters in a log
    }
    return this.isWhole;
  }
}

/** One per connection, reused. */
class ContextFilter extends NetworkFilter {
  private readonly request: FirstLine = new FirstLine();
  private readonly response: FirstLine = new FirstLine();
  private asked: u64 = 0;
  private took: u64 = 0;

  constructor(private readonly plugin: ContextPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.request.begin();
    this.response.begin();
    this.took = 0;
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    if (!this.request.endsIn(chunk)) return;
    this.asked = Host.clock.now();
    this.plugin.requests.inc();
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    // What comes before the request, a greeting for instance, answers nothing.
    if (!this.request.isWhole || !this.response.endsIn(chunk)) return;
    this.took = (Host.clock.now() - this.asked) / NANOSECONDS_PER_MICROSECOND;
    this.plugin.responses.inc();
    this.plugin.duration.record(this.took);
  }

  onLog(): void {
    const entry = this.plugin.entry.clear().string("request=").slice(this.request.text.toSlice());
    entry.string(" response=").slice(this.response.text.toSlice());
    entry.string(" us=").unsigned(this.took);
    FilterState.set("context", entry.toSlice());
  }
}

Module.register(new ContextFactory());
