import { ChainPlugin } from "./chain";
import { DownstreamChunk, UpstreamChunk } from "./chunk";
import { Connection, NewConnection } from "./connection";
import { NetworkFilter, Peer } from "./filter";
import { Links } from "./links";
import { Member } from "./member";

/** One connection of a chain: hands each callback to the links, in their order. */
@final
export class ChainFilter extends NetworkFilter {
  private first: Member | null = null;
  private last: Member | null = null;
  /** The link that holds what the client sends; those behind it have not seen it. */
  private holder: Member | null = null;
  /** Whether a link is to be switched with the next chunk. */
  private hasTurned: bool = false;
  /** For links that begin later than the connection. */
  private readonly late: NewConnection = new NewConnection();

  constructor(plugin: ChainPlugin) {
    super();
    const switches = new ChainLinks(this);
    for (let i = 0; i < plugin.plugins.length; i++) {
      const link = plugin.links.get(i);
      const maker = plugin.plugins.get(i);
      if (link === null || maker === null) continue;
      const member = new Member(link.name, link.startsOn, maker, maker.newFilter());
      member.filter.links = switches;
      this.add(member);
    }
  }

  /** Switches the link `name`, from the next chunk on. False when there is none. */
  turn(name: string, isOn: bool): bool {
    let member = this.first;
    while (member !== null && member.name != name) member = member.next;
    if (member === null) return false;
    member.willBeOn = isOn;
    this.hasTurned = true;
    return true;
  }

  onNewConnection(connection: NewConnection): void {
    this.holder = null;
    this.late.open();
    this.reset();
    let member = this.first;
    while (member !== null) {
      if (member.isOn) {
        member.begin(connection);
        if (connection.isClosed) return;
        if (connection.isHeld && !member.hasFailed) {
          this.holder = member;
          return;
        }
        connection.release();
      }
      member = member.next;
    }
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    if (this.hasTurned) this.applyTurns();
    const holder = this.holder;
    if (holder === null) {
      this.show(this.first, chunk, endOfStream);
      return;
    }
    this.showHeld(holder, chunk, endOfStream);
    if (chunk.isHeld || chunk.isClosed) return;
    chunk.open(0, chunk.skipped + chunk.size);
    this.holder = null;
    this.show(holder.next, chunk, endOfStream);
  }

  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    if (this.hasTurned) this.applyTurns();
    let member = this.last;
    while (member !== null) {
      if (this.isReadyForServer(member)) {
        // A link may have kept everything back.
        if (chunk.size > 0 || endOfStream) member.filter.onUpstreamData(chunk, endOfStream);
        if (member.settle()) chunk.close();
        if (chunk.isClosed) return;
      } else if (member.isPassed) {
        member.filter.restoreUpstream(chunk);
      }
      member = member.previous;
    }
  }

  restoreDownstream(chunk: DownstreamChunk): void {
    let member = this.first;
    while (member !== null) {
      if (member.hasBegun) member.filter.restoreDownstream(chunk);
      member = member.next;
    }
  }

  restoreUpstream(chunk: UpstreamChunk): void {
    let member = this.last;
    while (member !== null) {
      if (member.hasBegun) member.filter.restoreUpstream(chunk);
      member = member.previous;
    }
  }

  released(by: NetworkFilter, chunk: DownstreamChunk, endOfStream: bool): bool {
    const holder = this.holder;
    if (holder === null || holder.filter !== by) return holder === null;
    this.holder = null;
    this.show(holder.next, chunk, endOfStream);
    return this.holder === null;
  }

  contain(by: NetworkFilter, connection: Connection): void {
    let member = this.first;
    while (member !== null && member.filter !== by) member = member.next;
    if (member === null) return;
    if (member.settle()) connection.close();
    else if (member === this.holder) connection.release();
  }

  onDownstreamClose(peer: Peer): void {
    let member = this.first;
    while (member !== null) {
      if (member.hasBegun) {
        member.filter.onDownstreamClose(peer);
        member.settle();
      }
      member = member.next;
    }
  }

  onUpstreamClose(peer: Peer): void {
    let member = this.first;
    while (member !== null) {
      if (member.hasBegun) {
        member.filter.onUpstreamClose(peer);
        member.settle();
      }
      member = member.next;
    }
  }

  onLog(): void {
    let member = this.first;
    while (member !== null) {
      if (member.hasBegun) {
        member.filter.onLog();
        member.settle();
      }
      member = member.next;
    }
  }

  onDelete(): void {
    let member = this.first;
    while (member !== null) {
      if (member.hasBegun) member.filter.onDelete();
      member = member.next;
    }
  }

  private applyTurns(): void {
    this.hasTurned = false;
    let member = this.first;
    while (member !== null) {
      member.isOn = member.willBeOn;
      member = member.next;
    }
  }

  private reset(): void {
    this.hasTurned = false;
    let member = this.first;
    while (member !== null) {
      member.reset();
      member = member.next;
    }
  }

  private add(member: Member): void {
    const last = this.last;
    member.previous = last;
    if (last === null) this.first = member;
    else last.next = member;
    this.last = member;
  }

  /** Shows what the client sent to the links from `from` on, up to the one that holds it. */
  private show(from: Member | null, chunk: DownstreamChunk, endOfStream: bool): void {
    let member = from;
    while (member !== null) {
      if (member.isShownData) {
        this.showOne(member, chunk, endOfStream);
        if (chunk.isClosed) return;
        if (chunk.isHeld && member.isShownData) {
          this.holder = member;
          return;
        }
        chunk.release();
      } else if (member.isPassed) {
        member.filter.restoreDownstream(chunk);
      }
      member = member.next;
    }
  }

  private showOne(member: Member, chunk: DownstreamChunk, endOfStream: bool): void {
    if (!member.hasBegun) this.beginLate(member);
    if (this.late.isClosed) chunk.isClosed = true;
    if (member.wantsHold) chunk.hold();
    member.wantsHold = false;
    if (chunk.isClosed) return;
    // There is nothing to show where a connection was held before its first byte.
    if (chunk.size == 0 && !endOfStream) return;
    member.filter.onDownstreamData(chunk, endOfStream);
    if (member.settle()) chunk.close();
  }

  /** Shows what came while `holder` holds to the links up to it: only it decides whether that ends. */
  private showHeld(holder: Member, chunk: DownstreamChunk, endOfStream: bool): void {
    let member = this.first;
    while (member !== null) {
      chunk.hold();
      if (member.isShownData) this.showOne(member, chunk, endOfStream);
      else if (member.isPassed) member.filter.restoreDownstream(chunk);
      if (chunk.isClosed || member === holder) break;
      member = member.next;
    }
    if (!holder.isShownData) chunk.release();
  }

  private isReadyForServer(member: Member): bool {
    if (!member.isShownData) return false;
    if (member.hasBegun) return true;
    if (this.isBehindHolder(member)) return false;
    this.beginLate(member);
    return !this.late.isClosed;
  }

  /** Begins a link that was switched on during the connection, or that waited for another to release it. */
  private beginLate(member: Member): void {
    const connection = this.late;
    connection.open();
    member.begin(connection);
    member.wantsHold = connection.isHeld;
  }

  /** Whether the link waits for the holder, without having begun. */
  private isBehindHolder(member: Member): bool {
    const holder = this.holder;
    let at: Member | null = null;
    if (holder !== null) at = holder.next;
    while (at !== null && at !== member) at = at.next;
    return at !== null;
  }
}

/** The switches that the links of one connection have. */
@final
class ChainLinks extends Links {
  constructor(private readonly chain: ChainFilter) {
    super();
  }

  enable(name: string): bool {
    return this.chain.turn(name, true);
  }

  disable(name: string): bool {
    return this.chain.turn(name, false);
  }
}
