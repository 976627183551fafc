// Messages in place of chunks: four bytes of length (of everything, themselves included), a byte of kind, the rest. They are
// counted by kind and size, and what servers answer is read; blobs pass without a byte of them being fetched.
export * from "../../../assembly/exports";
import {
  ByteOrder,
  Counts,
  Counter,
  CounterFamily,
  FilterFactory,
  FixedPrefix,
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
} from "../../../assembly";

/** Bytes of the length, which make up the prefix; the kind is behind them. */
const PREFIX: i32 = 4;
const ZERO: i32 = 0x30;

enum From {
  client,
  server,
}
const FROM: string[] = ["client", "server"];

enum Kind {
  query,
  answer,
  blob,
  other,
}
const KINDS: string[] = ["query", "answer", "blob", "other"];

export class FramesFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.frames"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("frames", settings.name("stat_prefix", "default"));
    return new FramesPlugin(stats, <i32>settings.integer("max_bytes", 16_384, 16, 1_048_576));
  }
}

/** One per configuration. */
class FramesPlugin extends Plugin {
  readonly messages: CounterFamily;
  readonly bytes: HistogramFamily;
  readonly failures: Counter;
  readonly unread: CounterFamily;

  constructor(
    stats: Stats,
    readonly maxBytes: i32,
  ) {
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
    this.readClient(new FixedPrefix(PREFIX, ByteOrder.big, Counts.message), plugin.maxBytes);
    this.readServer(new FixedPrefix(PREFIX, ByteOrder.big, Counts.message), plugin.maxBytes);
  }

  /** Nothing of the client's is read but its kind. */
  wantsWholeFromClient(head: MessageHead): bool {
    this.clientKind = kindOf(head.bytes.at(PREFIX));
    return false;
  }

  onClientPart(part: MessagePart): void {
    if (part.isLast) this.plugin.count(From.client, this.clientKind, part.offset + <u64>part.size);
  }

  wantsWholeFromServer(head: MessageHead): bool {
    this.serverKind = kindOf(head.bytes.at(PREFIX));
    return this.serverKind == Kind.answer;
  }

  /** An answer, if it is not longer than `max_bytes`: its last byte says how it went. */
  onServerMessage(message: ServerMessage): void {
    if (message.bytes.at(message.bytes.length - 1) != ZERO) this.plugin.failures.inc();
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

function kindOf(letter: i32): Kind {
  if (letter == 0x71) return Kind.query; // q
  if (letter == 0x61) return Kind.answer; // a
  return letter == 0x62 ? Kind.blob : Kind.other; // b
}

Module.register(new FramesFactory());
