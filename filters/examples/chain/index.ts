// Three filters in order. Each puts its name in front of what a peer says first, and notes when the connection is
// over, so that the order shows: a, b, c for the client's bytes and for the log; c, b, a for the server's.
// A second chain has what other examples do, one after the other, on the same connections.
export * from "../../../assembly/exports";
import {
  Chunk,
  Counter,
  DownstreamChunk,
  FilterChain,
  FilterFactory,
  Host,
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
import { ContextFactory } from "../context";
import { DigestFactory } from "../digest";
import { TimerFactory } from "../timer";
import { TrivialFactory } from "../trivial";

/** Room for a name and a colon. */
const MAX_MARK_BYTES: i32 = 40;

class MarkFactory extends FilterFactory {
  /** `mark`: also the default of its stat_prefix. */
  constructor(private readonly mark: string) {
    super("mark");
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("mark", settings.name("stat_prefix", this.mark));
    return new MarkPlugin(stats, this.mark);
  }
}

class MarkPlugin extends Plugin {
  readonly marks: Counter;
  readonly mark: Slice;
  /** Made once: what a connection makes is never freed. */
  readonly done: string;

  constructor(stats: Stats, name: string) {
    super();
    this.marks = stats.counter("marks_total");
    this.done = "mark: " + name + " is done";
    this.mark = Text.ofCapacity(MAX_MARK_BYTES).string(name).string(":").toSlice();
  }

  newFilter(): NetworkFilter {
    return new MarkFilter(this);
  }
}

class MarkFilter extends NetworkFilter {
  private hasClientSpoken: bool = false;
  private hasServerSpoken: bool = false;

  constructor(private readonly plugin: MarkPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.hasClientSpoken = false;
    this.hasServerSpoken = false;
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    if (!this.hasClientSpoken) this.hasClientSpoken = this.put(chunk);
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    if (!this.hasServerSpoken) this.hasServerSpoken = this.put(chunk);
  }

  onLog(): void {
    Host.log.info(this.plugin.done);
  }

  private put(chunk: Chunk): bool {
    const isFirst = chunk.size > 0 && chunk.prepend(this.plugin.mark);
    if (isFirst) this.plugin.marks.inc();
    return isFirst;
  }
}

export class MarkChain extends FilterChain {
  constructor() {
    super("heirloom.examples.chain"); // = root_id
    this.add("a", new MarkFactory("a")).add("b", new MarkFactory("b")).add("c", new MarkFactory("c"));
  }
}

export class ObserverChain extends FilterChain {
  constructor() {
    super("heirloom.examples.chain.observers");
    this.add("trivial", new TrivialFactory()).add("timer", new TimerFactory());
    this.add("digest", new DigestFactory()).add("context", new ContextFactory());
  }
}

Module.register(new MarkChain());
Module.register(new ObserverChain());
