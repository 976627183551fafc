import { Vector } from "../bytes/vector";
import { Settings } from "../config/settings";
import { ChainFilter } from "./chain-filter";
import { FilterFactory } from "./factory";
import { NetworkFilter } from "./filter";
import { Plugin } from "./plugin";

/** One filter of a chain. */
@final
export class Link {
  constructor(
    readonly name: string,
    readonly factory: FilterFactory,
    /** Whether connections begin with it; another link may switch it on later. */
    readonly startsOn: bool,
  ) {}
}

/**
 * Several filters under one `root_id`, in order: a link sees what the client sends after those before it (A→B→C),
 * what the server sends before them (C→B→A), and everything else in order (A→B→C). Each reads its configuration
 * under its name, and has metrics of its own.
 *
 * A chunk is fetched at most once however many links read it; a link sees the edits of those it comes after. While a
 * link holds the connection, the links behind it see nothing of what is held; released, they see it before it goes
 * on. A link that reports a fault gets no more data of that connection; the others go on, unless its plugin wants
 * such connections closed. After a close the links behind are not shown that chunk.
 */
export class FilterChain extends FilterFactory {
  private readonly links: Vector<Link> = new Vector<Link>();
  /** What is wrong with the links, told when a configuration comes; empty when nothing is. */
  private problem: string = "";

  /** Adds a link that is on from the start. `name`: its key in the configuration, unique in the chain. */
  add(name: string, factory: FilterFactory): FilterChain {
    return this.put(new Link(name, factory, true));
  }

  /** Adds a link that is off until another one switches it on (`Links.enable`). */
  addOff(name: string, factory: FilterFactory): FilterChain {
    return this.put(new Link(name, factory, false));
  }

  configure(settings: Settings): Plugin {
    if (this.problem.length > 0) settings.errors.add("", this.problem, "", 0);
    const plugin = new ChainPlugin();
    for (let i = 0; i < this.links.length; i++) {
      const link = this.links.get(i);
      if (link !== null) plugin.add(link, link.factory.configure(settings.object(link.name)));
    }
    return plugin;
  }

  private put(link: Link): FilterChain {
    if (this.has(link.name)) this.problem = 'two links of a chain are named "' + link.name + '"';
    else this.links.push(link);
    return this;
  }

  private has(name: string): bool {
    for (let i = 0; i < this.links.length; i++) {
      const link = this.links.get(i);
      if (link !== null && link.name == name) return true;
    }
    return false;
  }
}

/** The plugins of a chain's links. */
@final
export class ChainPlugin extends Plugin {
  readonly links: Vector<Link> = new Vector<Link>();
  readonly plugins: Vector<Plugin> = new Vector<Plugin>();

  add(link: Link, plugin: Plugin): void {
    this.links.push(link);
    this.plugins.push(plugin);
  }

  newFilter(): NetworkFilter {
    return new ChainFilter(this);
  }

  onQueueReady(queue: u32): void {
    for (let i = 0; i < this.plugins.length; i++) {
      const plugin = this.plugins.get(i);
      if (plugin !== null) plugin.onQueueReady(queue);
    }
  }

  onAccessLog(): void {
    for (let i = 0; i < this.plugins.length; i++) {
      const plugin = this.plugins.get(i);
      if (plugin !== null) plugin.onAccessLog();
    }
  }

  onDone(): void {
    for (let i = 0; i < this.plugins.length; i++) {
      const plugin = this.plugins.get(i);
      if (plugin !== null) plugin.onDone();
    }
  }

  includes(plugin: Plugin): bool {
    for (let i = 0; i < this.plugins.length; i++) {
      const link = this.plugins.get(i);
      if (link !== null && link.includes(plugin)) return true;
    }
    return false;
  }

  tick(): void {
    for (let i = 0; i < this.plugins.length; i++) {
      const plugin = this.plugins.get(i);
      if (plugin !== null) plugin.tick();
    }
  }

  shortestPeriod(most: i32): i32 {
    let shortest = most;
    for (let i = 0; i < this.plugins.length; i++) {
      const plugin = this.plugins.get(i);
      if (plugin !== null) shortest = plugin.shortestPeriod(shortest);
    }
    return shortest;
  }
}
