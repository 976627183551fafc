import { Slice } from "../../../assembly/bytes/slice";
import { From } from "../../shared/session/peers";
import { Anomaly, NO_ANOMALY } from "../wire/anomalies";
import { CONTROL_COUNT, Control } from "../wire/controlnames";
import { Message } from "../wire/message";
import { Opening, OpeningReader } from "../wire/opening";
import { MessageReader, Progress, Sender } from "../wire/reader";
import { Piece, SaslReader } from "../wire/sasl";
import { Turn } from "./conversation";
import { Cap, OpaqueCause, Protection } from "./observer";
import { SessionState } from "./state";
import { WeighedPool } from "./weighed";

/** First octet of every LDAPMessage. */
const SEQUENCE: u8 = 0x30;

/** First octet of a SASL buffer: no server takes one of 16 MiB. */
const LAYER: u8 = 0x00;

/** Linear memory of what these own, for the budget. */
const READER_PARTS: u64 = 1_408;
const LAYER_PARTS: u64 = 128;
const OPENING_PARTS: u64 = 96;

/** What all connections of a VM share: held only while something is read in pieces. */
const READERS = new WeighedPool<MessageReader>(READER_PARTS);
const LAYERS = new WeighedPool<SaslReader>(LAYER_PARTS);
const OPENINGS = new WeighedPool<OpeningReader>(OPENING_PARTS);

/** The bytes of one peer. Between two messages it holds nothing. */
export abstract class Side {
  /** Bytes of the unit at hand (message, SASL buffer, TLS record …): what becomes opaque if it cannot be read. */
  pending: u64 = 0;
  /** The message at hand. */
  private reader: MessageReader | null = null;
  /** The SASL buffer at hand. */
  private layer: SaslReader | null = null;
  /** What is at hand if it is no message. */
  private opening: OpeningReader | null = null;
  /** The first byte of the next unit decides whether TLS, or a SASL layer, begins. */
  protected peeksTls: bool = false;
  private peeksLayer: bool = false;
  /** Everything is in SASL buffers. */
  private isFramed: bool = false;
  /** The other peer's side. */
  other: Side | null = null;

  constructor(
    protected readonly state: SessionState,
    private readonly from: From,
  ) {}

  begin(): void {
    this.pending = 0;
    this.peeksTls = false;
    this.peeksLayer = false;
    this.isFramed = false;
  }

  /** How many of the next bytes need not be seen. */
  get skips(): u32 {
    const reader = this.reader;
    if (!this.isFramed) return reader === null ? 0 : reader.skips;
    const layer = this.layer;
    if (layer === null) return 0;
    const left = layer.textLeft;
    if (left == 0) return layer.backLeft;
    return reader === null ? 0 : min(reader.skips, left);
  }

  /** As many bytes, at most `skips`, passed. */
  skip(count: u32): void {
    this.pending += <u64>count;
    const reader = this.reader;
    const layer = this.layer;
    const isText = layer === null || layer.textLeft > 0;
    if (layer !== null) layer.skip(count);
    let isWhole: bool = false;
    if (reader !== null && isText) {
      reader.skip(count);
      isWhole = this.readMessage(EMPTY.set(0, 0));
    }
    if (layer !== null && !this.state.isOpaque) isWhole = this.readBuffer(EMPTY.set(0, 0));
    if (isWhole) this.pending = 0;
  }

  /** Takes all of `input`, or what comes before the connection is passed unread. */
  read(input: Slice): void {
    const state = this.state;
    while (!input.isEmpty && !state.isOpaque) {
      const start = input.start;
      const isWhole = this.step(input);
      this.pending = isWhole ? 0 : this.pending + <u64>(input.start - start);
    }
  }

  /** Gives back what is held. */
  release(): void {
    const reader = this.reader;
    const layer = this.layer;
    const opening = this.opening;
    if (reader !== null) dropReader(reader);
    if (layer !== null) LAYERS.give(layer);
    if (opening !== null) OPENINGS.give(opening);
    this.reader = null;
    this.layer = null;
    this.opening = null;
  }

  /** A complete message was read: what it means. */
  protected abstract take(message: Message): Turn;
  /** `Seek` bits: what may be there in place of a message. */
  protected abstract get seek(): u32;
  /** There is no message, but this. True: it was read as a whole, and the stream goes on. */
  protected abstract judge(opening: Opening): bool;
  /** A message begins. `isBehindTls`: StartTLS was accepted, and LDAP goes on in clear. */
  protected abstract goOn(isBehindTls: bool): void;

  /** True: a unit is complete. */
  private step(input: Slice): bool {
    if (this.layer !== null) return this.readBuffer(input);
    if (this.opening !== null) return this.readOpening(input);
    if (this.reader !== null && !this.isFramed) return this.readMessage(input);
    return this.startUnit(input);
  }

  /** At a boundary: the next byte says what comes. */
  private startUnit(input: Slice): bool {
    const first = load<u8>(input.start);
    const isBehindTls = this.peeksTls;
    this.peeksTls = false;
    if (isBehindTls && first != SEQUENCE) {
      this.state.goOpaque(OpaqueCause.starttls);
      return false;
    }
    if (this.peeksLayer && first == LAYER) this.isFramed = true;
    this.peeksLayer = false;
    if (this.isFramed) return this.startBuffer(input);
    if (first != SEQUENCE) return this.startOpening(input);
    return this.startMessage(isBehindTls) && this.readMessage(input);
  }

  private startMessage(isBehindTls: bool): bool {
    this.goOn(isBehindTls);
    const reader = READERS.take();
    this.reader = reader;
    if (reader === null) {
      this.state.starve();
      return false;
    }
    const settings = this.state.settings;
    reader.message.wantsName = this.state.observer.wantsNames;
    const sender = this.from == From.client ? Sender.client : Sender.server;
    reader.begin(sender, settings.messageBytes, settings.depth, settings.nodes);
    return true;
  }

  private readMessage(input: Slice): bool {
    const reader = this.reader;
    if (reader === null) return false;
    switch (reader.read(input)) {
      case Progress.complete:
        this.reader = null;
        this.report(reader.message);
        this.follow(this.take(reader.message));
        dropReader(reader);
        return true;
      case Progress.lost:
        this.state.lose(reader.fault);
        return false;
      case Progress.tooBig:
        this.state.reporter.anomaly(Anomaly.pdu_too_big);
        this.state.observer.limitReached(Cap.message);
        this.state.goOpaque(OpaqueCause.limit);
        return false;
      default:
        return false;
    }
  }

  /** What is to be said of any message. */
  private report(message: Message): void {
    const state = this.state;
    state.hasSpoken = true;
    state.observer.messageRead(this.from, message);
    if (message.isNonminimal) state.reporter.anomaly(Anomaly.nonminimal_length);
    if (message.hasTrailing) state.reporter.anomaly(Anomaly.trailing_bytes);
    if (message.fault != NO_ANOMALY) state.reporter.anomaly(<Anomaly>message.fault);
    if (message.controls == 0) return;
    for (let control = 0; control < CONTROL_COUNT; control++) {
      const count = message.countOf(<Control>control);
      if (count > 0) state.observer.controls(<Control>control, this.from, count);
    }
  }

  private follow(turn: Turn): void {
    if (turn == Turn.none) return;
    if (turn == Turn.starved) {
      this.state.starve();
      return;
    }
    this.peek(turn);
    const other = this.other;
    if (other !== null) other.peek(turn);
  }

  private peek(turn: Turn): void {
    if (turn == Turn.startTls) this.peeksTls = true;
    else this.peeksLayer = true;
  }

  private startBuffer(input: Slice): bool {
    const layer = LAYERS.take();
    this.layer = layer;
    if (layer === null) {
      this.state.starve();
      return false;
    }
    layer.begin();
    return this.readBuffer(input);
  }

  private readBuffer(input: Slice): bool {
    const layer = this.layer;
    if (layer === null) return false;
    let piece = layer.read(input, this.reader !== null);
    while (piece == Piece.payload) {
      this.readText(layer.payload);
      if (this.state.isOpaque) return false;
      piece = layer.read(input, this.reader !== null);
    }
    if (piece == Piece.sealed) this.endReading(Protection.sealed, OpaqueCause.sasl_sealed);
    else if (piece == Piece.unknown) this.endReading(Protection.unknown, OpaqueCause.sasl_unknown);
    if (piece != Piece.complete) return false;
    this.layer = null;
    LAYERS.give(layer);
    this.state.observer.saslBuffer(Protection.signed, this.from);
    return true;
  }

  private endReading(protection: Protection, cause: OpaqueCause): void {
    this.state.observer.saslBuffer(protection, this.from);
    this.state.goOpaque(cause);
  }

  /** Messages inside signed buffers; one may go on in the next buffer. */
  private readText(text: Slice): void {
    while (!text.isEmpty && !this.state.isOpaque) {
      if (this.reader !== null || this.startMessage(false)) this.readMessage(text);
    }
  }

  private startOpening(input: Slice): bool {
    const opening = OPENINGS.take();
    this.opening = opening;
    if (opening === null) {
      this.state.starve();
      return false;
    }
    opening.begin();
    return this.readOpening(input);
  }

  private readOpening(input: Slice): bool {
    const reader = this.opening;
    if (reader === null) return false;
    const opening = reader.read(input, this.seek);
    if (opening == Opening.undecided) return false;
    this.opening = null;
    OPENINGS.give(reader);
    return this.judge(opening);
  }
}

function dropReader(reader: MessageReader): void {
  reader.release();
  READERS.give(reader);
}

/** Scratch: no bytes. */
const EMPTY = new Slice();
