// Messages of the client's by any framer, as the configuration says: `framer` is lines, fixed, varint or ber (fixed has 4 bytes of
// length); they are wanted `whole` or in parts, and go on at once or, with `kept`, when they are whole.
export * from "../../assembly/exports";
import {
  BerFramer,
  ClientMessage,
  Counter,
  FilterFactory,
  FixedPrefix,
  Framer,
  LineFramer,
  MessageFilter,
  MessageHead,
  MessagePart,
  Module,
  NetworkFilter,
  Pass,
  Plugin,
  Settings,
  Stats,
  VarintPrefix,
} from "../../assembly";

const CAP: i32 = 1 << 20;

class FramingFactory extends FilterFactory {
  constructor() {
    super("framing");
  }

  configure(settings: Settings): Plugin {
    return new FramingPlugin(
      Stats.of("framing", "default"),
      settings.name("framer", "lines"),
      settings.bool("whole", false),
      settings.bool("kept", false) ? Pass.whole : Pass.atOnce,
    );
  }
}

class FramingPlugin extends Plugin {
  readonly messages: Counter;

  constructor(
    stats: Stats,
    readonly framer: string,
    readonly wantsWhole: bool,
    readonly pass: Pass,
  ) {
    super();
    this.messages = stats.counter("messages_total");
  }

  newFilter(): NetworkFilter {
    return new FramingFilter(this);
  }
}

class FramingFilter extends MessageFilter {
  constructor(private readonly plugin: FramingPlugin) {
    super();
    this.readClient(framerOf(plugin.framer), CAP, plugin.pass);
  }

  wantsWholeFromClient(_head: MessageHead): bool {
    return this.plugin.wantsWhole;
  }

  onClientMessage(_message: ClientMessage): void {
    this.plugin.messages.inc();
  }

  onClientPart(part: MessagePart): void {
    if (part.isLast) this.plugin.messages.inc();
  }
}

function framerOf(name: string): Framer {
  if (name == "fixed") return new FixedPrefix(4);
  if (name == "varint") return new VarintPrefix();
  return name == "ber" ? new BerFramer() : new LineFramer();
}

Module.register(new FramingFactory());
