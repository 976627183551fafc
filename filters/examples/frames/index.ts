// Messages in place of chunks: a letter that says what it is, a length as MQTT and protobuf write it, so many bytes. They are
// counted by kind and size, and what servers answer is read; of everything else the first byte is enough.
export * from "../../../assembly/exports";
import {
  Counter,
  CounterFamily,
  FilterFactory,
  HistogramFamily,
  MessageFilter,
  MessageHead,
  MessagePart,
  Module,
  NetworkFilter,
  Plugin,
  ServerMessage,
  Settings,
  Stats,
  VarintPrefix,
} from "../../../assembly";

/** Bytes of the longest answer that is read. */
const MAX_BYTES: i32 = 16_384;

enum From {
  client,
  server,
}
const FROM: string[] = ["client", "server"];

enum Kind {
  query,
  answer,
  other,
}
const KINDS: string[] = ["query", "answer", "other"];

export class FramesFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.frames"); // = root_id
  }

  configure(settings: Settings): Plugin {
    return new FramesPlugin(Stats.of("frames", settings.name("stat_prefix", "default")));
  }
}

/** One per configuration. */
class FramesPlugin extends Plugin {
  readonly messages: CounterFamily;
  readonly bytes: HistogramFamily;
  readonly failures: Counter;
  readonly unread: CounterFamily;

  constructor(stats: Stats) {
    super();
    this.messages = stats.counterFamily("messages_total").label("from", FROM).label("kind", KINDS).define();
    this.bytes = stats.histogramFamily("message_bytes").label("from", FROM).define();
    this.failures = stats.counter("failures_total");
    this.unread = stats.counterFamily("unread_bytes_total").label("from", FROM).define();
  }

  newFilter(): NetworkFilter {
    return new FramesFilter(this);
  }

  count(from: From, kind: Kind, size: u64): void {
    this.messages.at2(from, kind).inc();
    this.bytes.at(from).record(size);
  }
}

/** One per connection, reused. */
class FramesFilter extends MessageFilter {
  /** What is coming in parts. */
  private clientKind: Kind = Kind.other;
  private serverKind: Kind = Kind.other;

  constructor(private readonly plugin: FramesPlugin) {
    super();
    this.readClient(new VarintPrefix(4).behind(1), MAX_BYTES);
    this.readServer(new VarintPrefix(4).behind(1), MAX_BYTES);
  }

  /** Nothing of the client's is read but its kind. */
  wantsWholeFromClient(head: MessageHead): bool {
    this.clientKind = kindOf(head);
    return false;
  }

  onClientPart(part: MessagePart): void {
    if (part.isLast) this.plugin.count(From.client, this.clientKind, part.offset + <u64>part.size);
  }

  wantsWholeFromServer(head: MessageHead): bool {
    this.serverKind = kindOf(head);
    return this.serverKind == Kind.answer;
  }

  /** An answer: "ok" or why not. */
  onServerMessage(message: ServerMessage): void {
    if (!message.body.startsWith("ok")) this.plugin.failures.inc();
    this.plugin.count(From.server, Kind.answer, <u64>message.bytes.length);
  }

  onServerPart(part: MessagePart): void {
    if (part.isLast) this.plugin.count(From.server, this.serverKind, part.offset + <u64>part.size);
  }

  onClientUnread(size: i32): void {
    this.plugin.unread.at(From.client).add(size);
  }

  onServerUnread(size: i32): void {
    this.plugin.unread.at(From.server).add(size);
  }
}

function kindOf(head: MessageHead): Kind {
  if (head.bytes.startsWith("q")) return Kind.query;
  return head.bytes.startsWith("a") ? Kind.answer : Kind.other;
}

Module.register(new FramesFactory());
