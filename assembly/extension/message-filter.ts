import { Framer } from "../bytes/framing/framer";
import { Slice } from "../bytes/slice";
import { DownstreamChunk, UpstreamChunk } from "./chunk";
import { NetworkFilter, Peer } from "./filter";
import {
  ClientMessage,
  MessageHead,
  MessagePart,
  MessageSink,
  PartialMessage,
  Pass,
  ServerMessage,
} from "./message";
import { MessageReader } from "./message-reader";

/** Head of a message, if nobody says otherwise: prefix and kind of most protocols. */
const USUAL_HEAD: i32 = 16;

/**
 * A filter that is shown messages in place of chunks. Its constructor says by what framer and up to what length each
 * direction is read (`readClient`, `readServer`); a direction of which it says nothing is not read.
 *
 * A message that is not wanted whole, or longer than the cap, comes in parts; its bytes are fetched only if they are asked
 * for, and the messages behind it are found all the same. Of a message that comes in several chunks a copy is
 * collected, within the VM's memory budget.
 *
 * With `Pass.whole` the bytes of a message go on when it is whole and was shown, so that later filters, and the other
 * side, get it at once or not at all. Meanwhile they lie in this module, in both directions: Envoy can hold only what
 * clients send, and of that only everything. An end of stream lets go on what there is. When a connection ends
 * without one, what is kept of an unfinished message ends with it.
 *
 * Whoever overrides `onDownstreamClose` or `onDelete` calls the one here, too.
 */
export abstract class MessageFilter extends NetworkFilter {
  private client: MessageReader | null = null;
  private server: MessageReader | null = null;
  private clientSink: ClientSink | null = null;
  private serverSink: ServerSink | null = null;

  /** Whether a message of the client's is to be shown whole. Asked once for each, when `headBytes` of it
   * are there (and its length, if the framer knows that ahead). */
  wantsWholeFromClient(_head: MessageHead): bool {
    return true;
  }

  /** A message of the client's, whole. */
  onClientMessage(_message: ClientMessage): void {}

  /** A part of a message of the client's that comes in parts. */
  onClientPart(_part: MessagePart): void {}

  /** The client ended, or the connection did, in the middle of a message. */
  onClientPartial(_message: PartialMessage): void {}

  /** What the client sends is no message: from here on it goes on unread. */
  onClientInvalid(): void {}

  /** `size` bytes of the client's went on unread. */
  onClientUnread(_size: i32): void {}

  /** Whether a message of the server's is to be shown whole. Asked once for each, when `headBytes` of it
   * are there (and its length, if the framer knows that ahead). */
  wantsWholeFromServer(_head: MessageHead): bool {
    return true;
  }

  /** A message of the server's, whole. */
  onServerMessage(_message: ServerMessage): void {}

  /** A part of a message of the server's that comes in parts. */
  onServerPart(_part: MessagePart): void {}

  /** The server ended, or the connection did, in the middle of a message. */
  onServerPartial(_message: PartialMessage): void {}

  /** What the server sends is no message: from here on it goes on unread. */
  onServerInvalid(): void {}

  /** `size` bytes of the server's went on unread. */
  onServerUnread(_size: i32): void {}

  /**
   * For the constructor: reads what the client sends. `framer`: of this filter alone. `cap`: bytes of the longest message that
   * is shown whole. `headBytes`: how many of a message are shown to `wantsWholeFromClient`, at most the cap. Both are
   * 1 … 1,048,576; what lies outside is taken for the nearer end.
   */
  protected readClient(
    framer: Framer,
    cap: i32,
    pass: Pass = Pass.atOnce,
    headBytes: i32 = USUAL_HEAD,
  ): void {
    const sink = new ClientSink(this);
    this.clientSink = sink;
    this.client = new MessageReader(framer, cap, pass, headBytes, sink);
  }

  /** For the constructor: reads what the server sends, as `readClient` does what the client sends. */
  protected readServer(
    framer: Framer,
    cap: i32,
    pass: Pass = Pass.atOnce,
    headBytes: i32 = USUAL_HEAD,
  ): void {
    const sink = new ServerSink(this);
    this.serverSink = sink;
    this.server = new MessageReader(framer, cap, pass, headBytes, sink);
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    const reader = this.client;
    const sink = this.clientSink;
    if (reader === null || sink === null) return;
    sink.shown.chunk = chunk;
    reader.read(chunk, endOfStream);
  }

  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    const reader = this.server;
    const sink = this.serverSink;
    if (reader === null || sink === null) return;
    sink.shown.chunk = chunk;
    reader.read(chunk, endOfStream);
  }

  onDownstreamClose(_peer: Peer): void {
    const client = this.client;
    const server = this.server;
    if (client !== null) client.end();
    if (server !== null) server.end();
  }

  onDelete(): void {
    const client = this.client;
    const server = this.server;
    if (client !== null) client.reset();
    if (server !== null) server.reset();
  }

  restoreDownstream(chunk: DownstreamChunk): void {
    const reader = this.client;
    if (reader !== null) reader.restore(chunk);
  }

  restoreUpstream(chunk: UpstreamChunk): void {
    const reader = this.server;
    if (reader !== null) reader.restore(chunk);
  }
}

@final
class ClientSink extends MessageSink {
  readonly shown: ClientMessage = new ClientMessage();

  constructor(private readonly filter: MessageFilter) {
    super();
  }

  wantsWhole(head: MessageHead): bool {
    return this.filter.wantsWholeFromClient(head);
  }

  onMessage(bytes: Slice, prefix: i32, suffix: i32): void {
    this.shown.set(bytes, prefix, suffix);
    this.filter.onClientMessage(this.shown);
  }

  onPart(part: MessagePart): void {
    this.filter.onClientPart(part);
  }

  onPartial(message: PartialMessage): void {
    this.filter.onClientPartial(message);
  }

  onInvalid(): void {
    this.filter.onClientInvalid();
  }

  onUnread(size: i32): void {
    this.filter.onClientUnread(size);
  }
}

@final
class ServerSink extends MessageSink {
  readonly shown: ServerMessage = new ServerMessage();

  constructor(private readonly filter: MessageFilter) {
    super();
  }

  wantsWhole(head: MessageHead): bool {
    return this.filter.wantsWholeFromServer(head);
  }

  onMessage(bytes: Slice, prefix: i32, suffix: i32): void {
    this.shown.set(bytes, prefix, suffix);
    this.filter.onServerMessage(this.shown);
  }

  onPart(part: MessagePart): void {
    this.filter.onServerPart(part);
  }

  onPartial(message: PartialMessage): void {
    this.filter.onServerPartial(message);
  }

  onInvalid(): void {
    this.filter.onServerInvalid();
  }

  onUnread(size: i32): void {
    this.filter.onServerUnread(size);
  }
}
