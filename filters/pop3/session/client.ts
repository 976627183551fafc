import { isLetter, Slice } from "../../../assembly/bytes/slice";
import { Limbo, Parked } from "../../shared/session/limbo";
import { ClientHalf } from "../../shared/session/halves";
import { Opening, OpeningReader } from "../../shared/wire/preamble";
import { mayBeWrapped } from "../wire/logins";
import { Status } from "../wire/replies";
import { Anomaly } from "./anomalies";
import { CommandLines } from "./commandlines";
import { Cap, OpaqueCause } from "./observer";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";
import { ClientMode, isParked, modeAfter } from "./states";

const TLS_HANDSHAKE: u8 = 0x16;

/** The client's half of a session: what its bytes are depends on the mode, and the mode on commands and replies. */
@final
export class ClientSide extends ClientHalf<SessionState> {
  /** The first byte came before the greeting was complete. */
  isEarly: bool = false;

  private mode: ClientMode = ClientMode.opening;
  private hasSpoken: bool = false;
  /** Octets sent behind STLS before its reply, and dropped (injection). */
  private dropped: u64 = 0;

  private readonly opening: OpeningReader = new OpeningReader();
  private readonly lines: CommandLines;
  private readonly limbo: Limbo;

  constructor(state: SessionState, settings: SessionSettings) {
    super(state);
    this.lines = new CommandLines(state, settings);
    this.limbo = new Limbo(settings.limbos);
  }

  begin(): void {
    this.mode = ClientMode.opening;
    this.isEarly = false;
    this.wantsParkedReplies = false;
    this.hasSpoken = false;
    this.dropped = 0;
    this.opening.begin();
    this.lines.begin();
  }

  read(input: Slice): void {
    this.wantsParkedReplies = false;
    while (!input.isEmpty && !this.state.isOpaque && !this.wantsParkedReplies) this.step(input);
    this.lines.settle();
  }

  release(): void {
    this.mode = ClientMode.opaque;
    this.dropped = 0;
    this.lines.release();
    this.limbo.clear();
  }

  /** The oldest command was answered for good. */
  afterReply(status: Status): void {
    const conversation = this.state.conversation;
    // Nothing is read behind a command that bytes wait for, so it is the youngest: it was the one now answered.
    if (!isParked(this.mode) || conversation.expectations.head !== null) return;
    this.mode = modeAfter(this.mode, status, mayBeWrapped(conversation.access.login));
    if (this.mode == ClientMode.tlsPeek) this.beginTls();
    this.limbo.replay(this, REPLAYED);
  }

  /** A reply comes while nothing is owed: it answers what was held back as the head of a preamble, an empty line, say. */
  beforeUnsolicited(): void {
    if (this.mode != ClientMode.opening || this.opening.pending == 0) return;
    this.opening.giveUp();
    this.readHeld();
  }

  /** Also what was dropped while it is not known whether TLS follows, and the head of what may be a preamble. */
  protected get held(): u64 {
    const head = this.mode == ClientMode.opening ? this.opening.pending : 0;
    return this.dropped + <u64>(this.limbo.length + head) + this.lines.pending;
  }

  private step(input: Slice): void {
    if (!this.hasSpoken) {
      this.hasSpoken = true;
      this.isEarly = !this.state.conversation.isGreeted;
    }
    switch (this.mode) {
      case ClientMode.opening:
        this.readOpening(input);
        return;
      case ClientMode.command:
      case ClientMode.authLine:
        if (this.lines.next(input)) this.readLine();
        return;
      case ClientMode.tlsPeek:
        this.peekTls(input);
        return;
      case ClientMode.saslPeek:
        this.mode = ClientMode.command;
        if (!isLetter(load<u8>(input.start))) this.state.goOpaque(OpaqueCause.sasl);
        return;
      default:
        this.park(input);
    }
  }

  private readOpening(input: Slice): void {
    switch (this.opening.read(input, this.lines.allowsProxy)) {
      case Opening.tls:
        if (this.state.conversation.isGreeted) this.state.reporter.anomaly(Anomaly.tls_to_cleartext);
        this.state.goOpaque(OpaqueCause.tls_first);
        return;
      case Opening.proxyV2:
        this.preamble(2);
        return;
      case Opening.plain:
        this.readHeld();
        return;
      default:
    }
  }

  private readHeld(): void {
    this.mode = ClientMode.command;
    this.reread(this.opening.held(REPLAYED));
  }

  /** A PROXY preamble is no part of the client's own stream, which begins anew. */
  private preamble(version: i32): void {
    this.state.observer.proxyPreamble(version);
    this.lines.allowsProxy = false;
    this.hasSpoken = false;
    this.isEarly = false;
    this.mode = ClientMode.opening;
    this.opening.begin();
  }

  private readLine(): void {
    this.mode = this.lines.read(this.mode);
    if (this.mode == ClientMode.opening) this.preamble(1);
  }

  private peekTls(input: Slice): void {
    if (load<u8>(input.start) == TLS_HANDSHAKE) {
      this.enterTls();
      return;
    }
    // A hop in front of the server ended TLS: the client's side is encrypted, and what is read here is not.
    this.state.reporter.isTlsEndedBefore = true;
    this.dropped = 0;
    this.mode = ClientMode.command;
    this.wantsParkedReplies = true;
  }

  private enterTls(): void {
    if (this.state.serverLimbo.length > 0) this.state.reporter.anomaly(Anomaly.starttls_response_injection);
    this.state.goOpaque(OpaqueCause.stls);
  }

  /** Puts bytes aside until the reply comes that tells what they are. */
  private park(input: Slice): void {
    const parked = this.limbo.park(input);
    if (parked == Parked.whole) return;
    if (parked == Parked.refused) {
      this.state.starve();
      return;
    }
    this.state.observer.limitReached(Cap.limbo);
    this.state.goOpaque(OpaqueCause.limit);
  }

  /** STLS was accepted. Whatever but a handshake was sent before that, servers must discard (RFC 2595 §4). */
  private beginTls(): void {
    this.state.isServerParked = true;
    const first = this.limbo.first;
    if (first < 0 || first == <i32>TLS_HANDSHAKE) return;
    this.state.reporter.anomaly(Anomaly.starttls_command_injection);
    this.dropped = <u64>this.limbo.length;
    this.limbo.clear();
  }
}

/** Scratch: bytes that are read again. */
const REPLAYED = new Slice();
