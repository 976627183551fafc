import { Chunk, NetworkFilter, Peer, StreamInfo } from "../../assembly";
import { From } from "../shared/session/peers";
import { LdapPlugin } from "./plugin";
import { Ending } from "./session/ending";
import { Farewell } from "./session/conversation";
import { Cap, EndReason, OpaqueCause } from "./session/observer";
import { LdapSession } from "./session/session";
import { LdapStats } from "./stats";
import { ProxySurroundings } from "../shared/proxysurroundings";

/** Envoy's response flag for a connection that the upstream reset (StreamInfo::UpstreamRemoteReset). */
const UPSTREAM_REMOTE_RESET: u64 = 0x10;

/** One connection: hands the bytes of both peers to its session. */
export class LdapFilter extends NetworkFilter {
  private session: LdapSession | null = null;
  /** The session is read; otherwise the connection is only counted, as caps were reached. */
  private isRead: bool = false;
  private readonly ending: Ending = new Ending();

  /** What this connection reports to. */
  private stats: LdapStats;

  constructor(private readonly plugin: LdapPlugin) {
    super();
    this.stats = plugin.stats;
  }

  onNewConnection(): void {
    this.ending.begin();
    const session = this.admit();
    this.isRead = session !== null;
    if (session !== null) session.begin();
  }

  onDownstreamData(chunk: Chunk, endOfStream: bool): void {
    this.ending.client(chunk.size, endOfStream);
    this.stats.bytes(From.client, chunk.size);
    const session = this.session;
    if (session !== null && this.isRead) readClient(session, chunk);
    else this.stats.opaqueBytes(From.client, <u64>chunk.size);
  }

  onUpstreamData(chunk: Chunk, endOfStream: bool): void {
    this.ending.server(chunk.size, endOfStream);
    this.stats.bytes(From.server, chunk.size);
    const session = this.session;
    if (session !== null && this.isRead) readServer(session, chunk);
    else this.stats.opaqueBytes(From.server, <u64>chunk.size);
  }

  onDownstreamClose(peer: Peer): void {
    const session = this.session;
    if (session === null || !this.isRead) {
      this.stats.connectionEnded(this.reason(peer));
      return;
    }
    const isToldBySession = session.farewell != Farewell.none;
    session.close(isToldBySession ? EndReason.client_close : this.reason(peer));
    this.plugin.reading--;
  }

  /** A session to read, or null past `limits.connections` or `limits.memory_bytes`: then it is only counted. */
  private admit(): LdapSession | null {
    const plugin = this.plugin;
    if (plugin.reading >= plugin.config.connections) return this.refuse(Cap.connections);
    let session = this.session;
    if (session === null) {
      if (!plugin.takeConnectionMemory()) return this.refuse(Cap.memory);
      this.stats = plugin.newObserver();
      session = new LdapSession(this.stats, SURROUNDINGS, plugin.config.session);
      this.session = session;
    }
    plugin.reading++;
    return session;
  }

  private refuse(cap: Cap): LdapSession | null {
    const stats = this.stats;
    stats.connectionStarted();
    stats.limitReached(cap);
    stats.becameOpaque(OpaqueCause.limit);
    return null;
  }

  /** Why a connection closed where no peer said that it ends (rule 1). The proxy is asked only if it has to be. */
  private reason(peer: Peer): EndReason {
    const ending = this.ending;
    const isKnown = ending.isEmpty || ending.hasEnded;
    return ending.reason(isKnown ? EndReason.proxy_close : this.reasonUnseen(peer));
  }

  private reasonUnseen(peer: Peer): EndReason {
    if (peer == Peer.remote) return EndReason.client_close;
    const wasConnected = this.ending.hasServerBytes || StreamInfo.text("upstream\0local_address") !== null;
    if (!wasConnected) return EndReason.upstream_unreachable;
    const wasReset = (StreamInfo.responseFlags() & UPSTREAM_REMOTE_RESET) != 0;
    return wasReset ? EndReason.server_close : EndReason.proxy_close;
  }
}

const SURROUNDINGS = new ProxySurroundings();

/** What the session need not see is not fetched from the proxy. */
function readClient(session: LdapSession, chunk: Chunk): void {
  let at: i32 = 0;
  while (at < chunk.size) {
    const skipped = <i32>min(session.clientSkips, <u64>(chunk.size - at));
    if (skipped > 0) {
      session.skipClient(<u64>skipped);
      at += skipped;
      continue;
    }
    const bytes = chunk.slice(at, chunk.size - at);
    at += bytes.length;
    if (bytes.isEmpty) return;
    session.onClientBytes(bytes);
  }
}

function readServer(session: LdapSession, chunk: Chunk): void {
  let at: i32 = 0;
  while (at < chunk.size) {
    const skipped = <i32>min(session.serverSkips, <u64>(chunk.size - at));
    if (skipped > 0) {
      session.skipServer(<u64>skipped);
      at += skipped;
      continue;
    }
    const bytes = chunk.slice(at, chunk.size - at);
    at += bytes.length;
    if (bytes.isEmpty) return;
    session.onServerBytes(bytes);
  }
}
