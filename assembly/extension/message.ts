import { Slice } from "../bytes/slice";
import { Chunk, DownstreamChunk, UpstreamChunk } from "./chunk";

/** When the bytes of a message go on. */
export enum Pass {
  /** As they come: the messages are only looked at. */
  atOnce,
  /** When the message is whole and was shown; until then the filter keeps them. */
  whole,
}

/** The beginning of a message, for the decision whether it is wanted whole. Valid until the callback returns. */
@final
export class MessageHead {
  /** Its first bytes, as many as were asked for, fewer when the message is shorter. */
  readonly bytes: Slice = new Slice();
  /** Whether the framer knows the length ahead (lines do not tell it). */
  hasLength: bool = false;
  /** If so, the length of the whole message in bytes, its framing included. */
  length: u64 = 0;
}

/** A whole message. Valid until the callback returns. */
export abstract class Message {
  /** All of it, framing included. */
  readonly bytes: Slice = new Slice();
  /** What the framing encloses: without the prefix, without the line end. */
  readonly body: Slice = new Slice();

  /** For the runtime. */
  set(bytes: Slice, prefix: i32, suffix: i32): void {
    this.bytes.copyOf(bytes);
    this.body.copyOf(bytes).advance(prefix);
    this.body.end = max(this.body.end - <usize>max(suffix, 0), this.body.start);
  }
}

/** A message of the client's. */
@final
export class ClientMessage extends Message {
  /** For the runtime. */
  chunk: DownstreamChunk | null = null;

  /**
   * From now on nothing of the client's goes on, this message and what came with it included, until `release` here or
   * on a `Connection`. Messages that come meanwhile are shown as they come.
   */
  hold(): void {
    const chunk = this.chunk;
    if (chunk !== null) chunk.hold();
  }

  /** Lets go on what is held. No effect when nothing is. */
  release(): void {
    const chunk = this.chunk;
    if (chunk !== null) chunk.release();
  }

  /**
   * Closes both connections after what is already written has gone out; nothing of what came with this message goes on.
   * False when the proxy refused.
   */
  close(): bool {
    const chunk = this.chunk;
    return chunk !== null && chunk.close();
  }
}

/** A message of the server's. It cannot be held: Envoy cannot stop what a server has sent. */
@final
export class ServerMessage extends Message {
  /** For the runtime. */
  chunk: UpstreamChunk | null = null;

  /**
   * Closes both connections after what is already written has gone out: the messages before this one, and with
   * `Pass.whole` nothing of this one. False when the proxy refused.
   */
  close(): bool {
    const chunk = this.chunk;
    return chunk !== null && chunk.close();
  }
}

/** Why a message comes in parts. */
export enum Streamed {
  /** It was not wanted whole. */
  unwanted,
  /** It is longer than the cap. */
  tooLong,
  /** The memory budget is spent. */
  noMemory,
}

/** A part of a message that comes in parts. Valid until the callback returns. */
@final
export class MessagePart {
  /** Number of bytes. Where messages are cut depends on how they arrive. */
  size: i32 = 0;
  /** How many bytes of the message came in the parts before; 0 for the first. */
  offset: u64 = 0;
  /** Whether the message ends with this part. */
  isLast: bool = false;
  /** Why it comes in parts. */
  why: Streamed = Streamed.unwanted;
  private source: Chunk | null = null;
  private start: i32 = 0;
  private readonly known: Slice = new Slice();

  /** The bytes. Those of a later part are fetched only when they are asked for; fewer where the memory budget is spent. */
  bytes(): Slice {
    const source = this.source;
    return source === null ? this.known : source.slice(this.start, this.size);
  }

  /** For the runtime: what was collected. */
  ofBytes(bytes: Slice): MessagePart {
    this.source = null;
    this.known.copyOf(bytes);
    this.size = bytes.length;
    return this;
  }

  /** For the runtime: what lies in a chunk. */
  ofChunk(chunk: Chunk, start: i32, size: i32): MessagePart {
    this.source = chunk;
    this.start = start;
    this.size = size;
    return this;
  }
}

/** What there is of a message that never ended. Valid until the callback returns. */
@final
export class PartialMessage {
  /** Its bytes if it was to be shown whole, framing included; none where it came in parts. */
  readonly bytes: Slice = new Slice();
  /** How many bytes there were. */
  size: u64 = 0;
}

/** For the runtime: who is told of the messages of one direction. */
export abstract class MessageSink {
  abstract wantsWhole(head: MessageHead): bool;
  abstract onMessage(bytes: Slice, prefix: i32, suffix: i32): void;
  abstract onPart(part: MessagePart): void;
  abstract onPartial(message: PartialMessage): void;
  abstract onInvalid(): void;
  abstract onUnread(size: i32): void;
}

/** For the runtime: what is shown of messages, by all readers of the VM; made when the first one is. */
export class MessageViews {
  readonly head: MessageHead = new MessageHead();
  readonly part: MessagePart = new MessagePart();
  readonly partial: PartialMessage = new PartialMessage();
  private static made: MessageViews | null = null;

  static shared(): MessageViews {
    const made = MessageViews.made;
    if (made !== null) return made;
    const fresh = new MessageViews();
    MessageViews.made = fresh;
    return fresh;
  }
}
