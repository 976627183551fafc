// A chain in which one link switches another on: what clients ask is counted only once they have logged in,
// from the next chunk on.
export * from "../../../assembly/exports";
import {
  ClientMessage,
  Counter,
  FilterChain,
  FilterFactory,
  LineFramer,
  MessageFilter,
  Module,
  NetworkFilter,
  NewConnection,
  Plugin,
  ServerMessage,
  Settings,
  Stats,
} from "../../../assembly";

/** Most bytes of a line that is read. */
const MAX_LINE_BYTES: i32 = 1024;

/** The link that is switched on, by its name in the chain. */
const COMMANDS: string = "commands";

/** Watches for a log-in that the server answers with "ok", not "no". */
class LoginFactory extends FilterFactory {
  constructor() {
    super("login");
  }

  configure(settings: Settings): Plugin {
    return new LoginPlugin(Stats.of("conditional", settings.name("stat_prefix", "login")));
  }
}

class LoginPlugin extends Plugin {
  readonly logins: Counter;

  constructor(stats: Stats) {
    super();
    this.logins = stats.counter("logins_total");
  }

  newFilter(): NetworkFilter {
    return new LoginFilter(this);
  }
}

class LoginFilter extends MessageFilter {
  private isAsked: bool = false;

  constructor(private readonly plugin: LoginPlugin) {
    super();
    this.readClient(new LineFramer(), MAX_LINE_BYTES);
    this.readServer(new LineFramer(), MAX_LINE_BYTES);
  }

  onNewConnection(_connection: NewConnection): void {
    this.isAsked = false;
  }

  onClientMessage(message: ClientMessage): void {
    if (message.body.startsWithIgnoringCase("login ")) this.isAsked = true;
  }

  onServerMessage(message: ServerMessage): void {
    const links = this.links;
    if (message.body.startsWith("no")) this.isAsked = false;
    if (!this.isAsked || links === null || !message.body.startsWith("ok")) return;
    this.isAsked = false;
    this.plugin.logins.inc();
    links.enable(COMMANDS);
  }
}

/** Counts commands; off until somebody has logged in. */
class CommandsFactory extends FilterFactory {
  constructor() {
    super("commands");
  }

  configure(settings: Settings): Plugin {
    return new CommandsPlugin(Stats.of("conditional", settings.name("stat_prefix", "commands")));
  }
}

class CommandsPlugin extends Plugin {
  readonly commands: Counter;

  constructor(stats: Stats) {
    super();
    this.commands = stats.counter("commands_total");
  }

  newFilter(): NetworkFilter {
    return new CommandsFilter(this);
  }
}

class CommandsFilter extends MessageFilter {
  constructor(private readonly plugin: CommandsPlugin) {
    super();
    this.readClient(new LineFramer(), MAX_LINE_BYTES);
  }

  onClientMessage(message: ClientMessage): void {
    if (!message.body.isEmpty) this.plugin.commands.inc();
  }
}

/** The chain; its root_id is the argument. */
export function conditionalChain(): FilterChain {
  return new FilterChain("heirloom.examples.conditional")
    .add("login", new LoginFactory())
    .addOff(COMMANDS, new CommandsFactory());
}

Module.register(conditionalChain());
