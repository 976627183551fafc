import { Chunk, NetworkFilter, Peer, StreamInfo } from "../../assembly";
import { From } from "../shared/session/peers";
import { Cap, Dialect, EndReason, Greeting, OpaqueCause } from "./session/observer";
import { SmtpPlugin } from "./plugin";
import { SmtpStats } from "./stats";
import { SmtpSession } from "./session/session";
import { ProxySurroundings } from "../shared/proxysurroundings";
import { Verb } from "./wire/verbs";

/** Envoy's response flag for a connection that the upstream reset (StreamInfo::UpstreamRemoteReset). */
const UPSTREAM_REMOTE_RESET: u64 = 0x10;

/** One connection: hands the bytes of both peers to its session. */
export class SmtpFilter extends NetworkFilter {
  private session: SmtpSession | null = null;
  /** The session is read; otherwise the connection is only counted, as caps were reached. */
  private isRead: bool = false;
  private hasServerSpoken: bool = false;

  /** What this connection reports to. */
  private stats: SmtpStats;

  constructor(private readonly plugin: SmtpPlugin) {
    super();
    this.stats = plugin.stats;
  }

  onNewConnection(): void {
    this.hasServerSpoken = false;
    const session = this.admit();
    this.isRead = session !== null;
    if (session !== null) session.begin();
  }

  onDownstreamData(chunk: Chunk, endOfStream: bool): void {
    this.stats.bytes(From.client, chunk.size);
    const session = this.session;
    if (session === null || !this.isRead) {
      this.stats.opaqueBytes(From.client, <u64>chunk.size);
      return;
    }
    feed(session, From.client, chunk);
    if (endOfStream) session.onClientEnd();
  }

  onUpstreamData(chunk: Chunk, endOfStream: bool): void {
    if (chunk.size > 0) this.hasServerSpoken = true;
    this.stats.bytes(From.server, chunk.size);
    const session = this.session;
    if (session === null || !this.isRead) {
      this.stats.opaqueBytes(From.server, <u64>chunk.size);
      return;
    }
    feed(session, From.server, chunk);
    if (endOfStream) session.onServerEnd();
  }

  onDownstreamClose(peer: Peer): void {
    const session = this.session;
    if (session === null || !this.isRead) {
      this.stats.sessionEnded(EndReason.desync, Dialect.none, 0, 0);
      return;
    }
    session.close(session.hasEnded ? EndReason.client_close : this.reasonUnseen(peer));
    this.plugin.reading--;
  }

  /** A session to read, or null past `limits.sessions` or `limits.memory_bytes`: such a connection is only counted. */
  private admit(): SmtpSession | null {
    const plugin = this.plugin;
    if (plugin.reading >= plugin.config.sessions) return this.refuse(Cap.sessions);
    let session = this.session;
    if (session === null) {
      if (!plugin.takeSessionMemory()) return this.refuse(Cap.memory);
      this.stats = plugin.newObserver();
      session = new SmtpSession(this.stats, SURROUNDINGS, plugin.config.session);
      this.session = session;
    }
    plugin.reading++;
    return session;
  }

  private refuse(cap: Cap): SmtpSession | null {
    const stats = this.stats;
    stats.sessionStarted();
    stats.limitReached(cap);
    stats.becameOpaque(OpaqueCause.limit);
    stats.commandUnanswered(Verb.connect);
    stats.greeted(Greeting.none);
    return null;
  }

  /** Why a connection closed without an end of stream (rule 1(e); the table is in docs/smtp.md). */
  private reasonUnseen(peer: Peer): EndReason {
    if (peer == Peer.remote) return EndReason.client_close;
    const wasConnected = this.hasServerSpoken || StreamInfo.text("upstream\0local_address") !== null;
    if (!wasConnected) return EndReason.upstream_unreachable;
    const wasReset = (StreamInfo.responseFlags() & UPSTREAM_REMOTE_RESET) != 0;
    return wasReset ? EndReason.server_close : EndReason.proxy_close;
  }
}

const SURROUNDINGS = new ProxySurroundings();

/** Hands a peer's bytes to the session; what it need not see is not fetched from the proxy. */
function feed(session: SmtpSession, from: From, chunk: Chunk): void {
  let at: i32 = 0;
  while (at < chunk.size) {
    const left = chunk.size - at;
    const skipped = <i32>min(session.skips(from), <u64>left);
    if (skipped > 0) {
      session.skip(from, <u64>skipped);
      at += skipped;
      continue;
    }
    const bytes = chunk.slice(at, left);
    if (bytes.isEmpty) {
      session.lose(from, <u64>left);
      return;
    }
    at += bytes.length;
    session.read(from, bytes);
  }
}
