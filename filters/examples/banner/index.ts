// An edit: the server's first line, which tells its software and version to everybody, goes to the client as another.
export * from "../../../assembly/exports";
import {
  Counter,
  FilterFactory,
  Module,
  NetworkFilter,
  NewConnection,
  Plugin,
  Settings,
  Slice,
  Stats,
  Text,
  UpstreamChunk,
} from "../../../assembly";

/** More than RFC 5321 allows a reply. */
const MAX_BANNER_BYTES: i32 = 510;
const LINE_FEED: i32 = 0x0a;
const NOTHING: Slice = new Slice();

export class BannerFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.banner"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("banner", settings.name("stat_prefix", "default"));
    const text = settings.text("banner", "220 ready", MAX_BANNER_BYTES);
    if (text.includes("\n") || text.includes("\r")) settings.error("banner", "one line");
    return new BannerPlugin(stats, text);
  }
}

/** One per configuration. */
class BannerPlugin extends Plugin {
  readonly replaced: Counter;
  readonly line: Slice;

  constructor(stats: Stats, banner: string) {
    super();
    this.replaced = stats.counter("banners_replaced_total");
    this.line = Text.ofCapacity(MAX_BANNER_BYTES + 2)
      .string(banner)
      .string("\r\n")
      .toSlice();
  }

  newFilter(): NetworkFilter {
    return new BannerFilter(this);
  }
}

/** One per connection, reused. */
class BannerFilter extends NetworkFilter {
  /** Whether part of the line has come, and was taken away. */
  private hasBegun: bool = false;
  private isReplaced: bool = false;

  constructor(private readonly plugin: BannerPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.hasBegun = false;
    this.isReplaced = false;
  }

  /** The line may come in pieces: nothing of it goes on, and with its end the other line does, in front of the rest. */
  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    if (this.isReplaced) return;
    this.hasBegun = this.hasBegun || chunk.size > 0;
    const end = endOfFirstLine(chunk.bytes());
    if (end > 0 || (endOfStream && this.hasBegun)) this.put(chunk, end > 0 ? end : chunk.size);
    else chunk.replace(NOTHING);
  }

  private put(chunk: UpstreamChunk, end: i32): void {
    this.isReplaced = chunk.replaceStart(end, this.plugin.line);
    if (this.isReplaced) this.plugin.replaced.inc();
  }
}

/** Bytes of the first line with its end, or 0 when it does not end here. */
function endOfFirstLine(bytes: Slice): i32 {
  for (let i = 0; i < bytes.length; i++) if (bytes.at(i) == LINE_FEED) return i + 1;
  return 0;
}

Module.register(new BannerFactory());
