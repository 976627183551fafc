import { StreamBuffer } from "./buffer.ts";

/**
 * When tcp_proxy connects to the server: once the filters before it let a new connection go on, or with the first bytes
 * they let through (`ON_DOWNSTREAM_DATA`).
 */
export type ConnectMode = "immediate" | "on_downstream_data";

/** Envoy's default for `per_connection_buffer_limit_bytes`. */
export const DEFAULT_BUFFER_LIMIT_BYTES = 1024 * 1024;

interface Options {
  readonly connectUpstream?: (cluster: string | undefined) => void;
  readonly connectMode?: ConnectMode;
  readonly bufferLimitBytes?: number;
  readonly onReading?: (reading: boolean) => void;
}

/** What the read side needs of its connection. */
interface Owner {
  /** Calls the filter; true if it stops the bytes. */
  readonly show: (size: number, endOfStream: boolean) => boolean;
  /** Makes the buffer readable to the filter, or not any more. */
  readonly expose: (buffer: StreamBuffer | undefined) => void;
  readonly passOn: (bytes: Uint8Array, endOfStream: boolean) => void;
  readonly isOver: () => boolean;
  readonly cluster: () => string | undefined;
  /** The client is gone, and that is noticed now. */
  readonly reset: () => void;
}

interface Arrival {
  readonly bytes: Uint8Array;
  readonly endOfStream: boolean;
}

/**
 * The way from the client to the server: Envoy's read buffer with this filter before it and tcp_proxy behind it. In mode
 * `immediate` tcp_proxy keeps Envoy from reading until it has its server, so a filter that stops a new connection does
 * not see its bytes before it lets it go on.
 */
export class ReadSide {
  readonly buffer = new StreamBuffer();
  private readonly owner: Owner;
  private readonly options: Options;
  private readonly limit: number;
  private readonly readsEarly: boolean;
  private readonly arrived: Arrival[] = [];
  private clientEnded = false;
  private endShown = false;
  private endPassed = false;
  private resetPending = false;
  private opened = false;
  private chosen: string | undefined;
  private wanted = false;
  private hasServer = false;
  private wasReading = false;

  constructor(options: Options, owner: Owner) {
    this.options = options;
    this.owner = owner;
    const { bufferLimitBytes = DEFAULT_BUFFER_LIMIT_BYTES } = options;
    this.limit = bufferLimitBytes === 0 ? Infinity : bufferLimitBytes;
    this.readsEarly = options.connectMode === "on_downstream_data";
    this.wasReading = this.readsEarly;
  }

  /** The client sent its end of stream, whether or not Envoy has read it. */
  get ended(): boolean {
    return this.clientEnded || this.resetPending;
  }

  get unread(): number {
    return this.arrived.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  get reading(): boolean {
    return (this.hasServer || this.readsEarly) && this.buffer.size <= this.limit;
  }

  get upstreamWanted(): boolean {
    return this.wanted;
  }

  get isConnected(): boolean {
    return this.hasServer;
  }

  /** The filter lets the new connection go on. tcp_proxy chooses the cluster now, whenever it connects. */
  open(): void {
    this.opened = true;
    this.chosen = this.owner.cluster();
    if (!this.readsEarly) this.connect();
  }

  /** The client sent something. */
  arrive(bytes: Uint8Array, endOfStream: boolean): void {
    this.clientEnded = endOfStream;
    if (this.arrived.length === 0 && this.reading) this.read(bytes, endOfStream);
    else this.arrived.push({ bytes, endOfStream });
    this.noteReading();
  }

  /** The client is gone; false if that is noticed at once. */
  deferReset(): boolean {
    this.resetPending = !this.reading;
    return this.resetPending;
  }

  /** proxy_continue_stream: what is held goes on without another callback. */
  release(): void {
    if (this.owner.isOver()) return;
    if (!this.opened) this.open();
    this.proceed();
    this.readOn();
  }

  /** The server is there. */
  connected(): void {
    this.hasServer = true;
    this.readOn();
  }

  private read(bytes: Uint8Array, endOfStream: boolean): void {
    const { buffer, owner } = this;
    this.endShown = endOfStream;
    buffer.append(bytes);
    owner.expose(buffer);
    const pause = owner.show(buffer.size, endOfStream);
    if (pause || owner.isOver()) return;
    owner.expose(undefined);
    if (!this.opened) this.open();
    this.proceed();
  }

  /** What tcp_proxy does with what it gets. */
  private proceed(): void {
    const endOfStream = this.endShown && !this.endPassed;
    if (this.owner.isOver() || (this.buffer.size === 0 && !endOfStream)) return;
    // For an end alone no server is connected: the connection stays until it times out.
    if (this.buffer.size === 0 && !this.wanted) return;
    this.connect();
    if (this.owner.isOver()) return;
    this.endPassed = this.endShown;
    this.owner.passOn(this.buffer.take(), endOfStream);
  }

  private connect(): void {
    if (this.wanted) return;
    this.wanted = true;
    const { connectUpstream } = this.options;
    if (connectUpstream === undefined) this.connected();
    else connectUpstream(this.chosen);
  }

  /** Reads what had to wait: at once as much as the limit lets it. */
  private readOn(): void {
    while (this.reading && !this.owner.isOver() && this.arrived.length > 0) {
      const parts: Arrival[] = [];
      for (let size = 0; size < this.limit;) {
        const next = this.arrived.shift();
        if (next === undefined) break;
        parts.push(next);
        size += next.bytes.length;
      }
      this.read(Buffer.concat(parts.map(({ bytes }) => bytes)), parts.at(-1)?.endOfStream ?? false);
    }
    if (this.resetPending && this.reading && !this.owner.isOver()) {
      this.resetPending = false;
      this.owner.reset();
    }
    this.noteReading();
  }

  private noteReading(): void {
    if (this.reading === this.wasReading || this.owner.isOver()) return;
    this.wasReading = this.reading;
    this.options.onReading?.(this.wasReading);
  }
}
