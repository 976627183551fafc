// A filter of messages between two of chunks, which say in the log what they are shown:
//   ~~LINK DIRECTION BYTES     with `/` for each line end, and ! behind an end of stream
// Lines in both directions go on when they are whole. `big…` comes in parts; `close` closes; `fault` is where the filter
// fails; `off` switches it off. The last link holds from `stop` to `go`.
export * from "../../assembly/exports";
import {
  Chunk,
  ClientMessage,
  Counter,
  DownstreamChunk,
  FilterChain,
  FilterFactory,
  Host,
  LineFramer,
  Message,
  MessageFilter,
  MessageHead,
  Module,
  NetworkFilter,
  Pass,
  Plugin,
  ServerMessage,
  Settings,
  Slice,
  Stats,
  Text,
  UpstreamChunk,
} from "../../assembly";

const INFO: i32 = 2;
const LINE_FEED: i32 = 0x0a;

const line: Text = Text.ofCapacity(512);
const shown: Slice = new Slice();

class WatchFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    return new WatchPlugin(this.rootId, settings.bool("quiet", false));
  }
}

class WatchPlugin extends Plugin {
  constructor(
    readonly name: string,
    readonly isQuiet: bool,
  ) {
    super();
  }

  newFilter(): NetworkFilter {
    return new WatchFilter(this);
  }
}

class WatchFilter extends NetworkFilter {
  constructor(private readonly plugin: WatchPlugin) {
    super();
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    this.tell("client", chunk, endOfStream);
    if (this.plugin.name != "after") return;
    if (chunk.bytes().startsWith("stop")) chunk.hold();
    if (chunk.bytes().startsWith("go")) chunk.release();
  }

  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    this.tell("server", chunk, endOfStream);
  }

  private tell(from: string, chunk: Chunk, endOfStream: bool): void {
    if (this.plugin.isQuiet) return;
    line.clear().string("~~").string(this.plugin.name).string(" ").string(from).string(" ");
    const bytes = chunk.bytes();
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes.at(i);
      line.byte(byte == LINE_FEED ? 0x2f : <u8>byte);
    }
    if (endOfStream) line.string("!");
    Host.log.always(INFO, line.toSlice(shown));
  }
}

class LinesFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    const stats = Stats.of("lines", settings.name("stat_prefix", "default"));
    return new LinesPlugin(stats, <i32>settings.integer("cap", 2048, 1, 1_048_576));
  }
}

class LinesPlugin extends Plugin {
  readonly messages: Counter;

  constructor(
    stats: Stats,
    readonly cap: i32,
  ) {
    super();
    this.messages = stats.counter("messages_total");
  }

  newFilter(): NetworkFilter {
    return new LinesFilter(this);
  }
}

class LinesFilter extends MessageFilter {
  constructor(private readonly plugin: LinesPlugin) {
    super();
    this.readClient(new LineFramer(), plugin.cap, Pass.whole, 3);
    this.readServer(new LineFramer(), plugin.cap, Pass.whole, 3);
  }

  wantsWholeFromClient(head: MessageHead): bool {
    return !head.bytes.equals("big");
  }

  wantsWholeFromServer(head: MessageHead): bool {
    return !head.bytes.equals("big");
  }

  onClientMessage(message: ClientMessage): void {
    const links = this.links;
    this.count(message);
    if (message.body.equals("close")) message.close();
    if (message.body.equals("fault")) this.fail("a line that cannot be read");
    if (message.body.equals("off") && links !== null) links.disable("lines");
  }

  onServerMessage(message: ServerMessage): void {
    this.count(message);
    if (message.body.equals("close")) message.close();
  }

  private count(message: Message): void {
    if (message.bytes.length > 0) this.plugin.messages.inc();
  }
}

Module.register(
  new FilterChain("messages")
    .add("before", new WatchFactory("before"))
    .add("lines", new LinesFactory("lines"))
    .add("after", new WatchFactory("after")),
);
