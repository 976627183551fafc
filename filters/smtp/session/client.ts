import { isLetter, Slice } from "../../../assembly/bytes/slice";
import { Extension } from "../wire/extensions";
import { mayWrap } from "../../shared/wire/mechanisms";
import { Opening, OpeningReader } from "../../shared/wire/preamble";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { CommandLines } from "./commandlines";
import { Incoming } from "./incoming";
import { Limbo, Parked } from "../../shared/session/limbo";
import { ClientHalf } from "../../shared/session/halves";
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
  /** Octets of the chunk or block that are still to come. */
  private remaining: u64 = 0;
  /** Octets sent behind STARTTLS before its reply, and dropped (injection). */
  private dropped: u64 = 0;

  private readonly opening: OpeningReader = new OpeningReader();
  private readonly lines: CommandLines;
  private readonly limbo: Limbo;
  private readonly incoming: Incoming;

  constructor(state: SessionState, settings: SessionSettings) {
    super(state);
    this.lines = new CommandLines(state, settings);
    this.limbo = new Limbo(settings.limbos);
    this.incoming = new Incoming(state, settings);
  }

  begin(): void {
    this.mode = ClientMode.opening;
    this.isEarly = false;
    this.wantsParkedReplies = false;
    this.hasSpoken = false;
    this.remaining = 0;
    this.dropped = 0;
    this.opening.begin();
    this.lines.begin();
  }

  /** Bytes that need not be seen: those of a chunk. */
  get skips(): u64 {
    return this.mode == ClientMode.chunk ? this.remaining : 0;
  }

  skip(count: u64): void {
    this.remaining -= min(count, this.remaining);
    this.lines.spend(count);
    if (this.remaining == 0) this.mode = ClientMode.command;
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
    this.incoming.release();
  }

  /** The oldest command was answered for good. */
  afterReply(verb: Verb, code: i32): void {
    const conversation = this.state.conversation;
    if (verb == Verb.mail) this.lines.utf8.mailAnswered(conversation.envelopes.transaction);
    if (verb == Verb.turn && code == 250) {
      this.state.goOpaque(OpaqueCause.turn);
      return;
    }
    // Nothing is read behind a command that bytes wait for, so it is the youngest: it was the one now answered.
    if (isParked(this.mode) && conversation.expectations.head === null) {
      this.resolve(verb, code);
    } else if (verb == Verb.data) {
      // Its data was taken for a body when the limbo was full.
      if (conversation.hasGoAhead) this.incoming.confirm();
      else this.state.goOpaque(OpaqueCause.desync);
    } else if (this.mode == ClientMode.parkedChunk && conversation.hello.isOffered(Extension.chunking)) {
      this.readChunk();
    }
  }

  /**
   * A reply comes while nothing is owed: it may answer what was held back as the head of a preamble (an empty line is
   * one, too), or be what the server takes for the end of data (rule 26).
   */
  beforeUnsolicited(code: i32): void {
    if (this.mode == ClientMode.opening && this.opening.pending > 0) {
      this.opening.giveUp();
      this.readHeld();
      return;
    }
    if (this.mode != ClientMode.body || code == 421 || !this.incoming.hasCandidate) return;
    const tail = this.incoming.endAtCandidate();
    this.endBody();
    this.limbo.replayAll(tail, this, REPLAYED);
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
      case ClientMode.body:
        if (this.incoming.read(input)) this.endBody();
        return;
      case ClientMode.chunk:
        this.skip(<u64>this.take(input));
        return;
      case ClientMode.block:
        this.readBlock(input);
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

  private endBody(): void {
    this.mode = ClientMode.command;
    this.lines.refusedBody = 0;
    this.lines.utf8.messageEnded();
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
    else this.remaining = this.lines.announced;
  }

  private take(input: Slice): i32 {
    const count = <i32>min(<u64>input.length, this.remaining);
    input.advance(count);
    return count;
  }

  private readBlock(input: Slice): void {
    this.skip(<u64>this.take(input));
    if (this.mode == ClientMode.command) this.endBlock();
  }

  /** The octets behind XEXCH50's 354 are a command of their own (rule 31). */
  private endBlock(): void {
    const state = this.state;
    if (!state.mayExpect()) return;
    if (state.conversation.sent(Verb.xexch50, state.timeOfCommand(Verb.xexch50)) === null) state.starve();
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
    this.state.goOpaque(OpaqueCause.starttls);
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
    if (this.mode != ClientMode.parkedData) {
      this.state.goOpaque(OpaqueCause.limit);
      return;
    }
    this.state.reporter.anomaly(Anomaly.limbo_overflow);
    this.mode = ClientMode.body;
    this.incoming.assume();
    this.limbo.replay(this, REPLAYED);
  }

  /** The reply came that the parked bytes were waiting for. */
  private resolve(verb: Verb, code: i32): void {
    const parked = this.mode;
    if (parked == ClientMode.parkedChunk) {
      // A server that does not know BDAT reads its octets as commands.
      if (code == 500 || code == 502) this.remaining = 0;
      this.readChunk();
      return;
    }
    this.mode = modeAfter(parked, code, mayWrap(this.state.conversation.auth.mechanism));
    if (this.mode == ClientMode.body) this.incoming.begin(this.limbo.length > 0);
    else if (this.mode == ClientMode.tlsPeek) this.beginTls();
    else if (this.mode == ClientMode.block) this.beginBlock();
    if (verb == Verb.data && this.mode == ClientMode.command) this.lines.refusedBody = <u32>this.limbo.length;
    this.limbo.replay(this, REPLAYED);
  }

  private readChunk(): void {
    this.mode = this.remaining > 0 ? ClientMode.chunk : ClientMode.command;
    this.limbo.replay(this, REPLAYED);
  }

  private beginBlock(): void {
    if (this.remaining > 0) return;
    this.mode = ClientMode.command;
    this.endBlock();
  }

  /** STARTTLS was accepted. Whatever but a handshake was sent before that, servers must discard (RFC 3207 §4.2). */
  private beginTls(): void {
    this.state.isServerParked = true;
    const first = this.limbo.first;
    if (first < 0 || first == <i32>TLS_HANDSHAKE) return;
    this.state.reporter.anomaly(Anomaly.starttls_command_injection);
    this.dropped = <u64>this.limbo.length;
    this.lines.refusedBody = 0;
    this.limbo.clear();
  }
}

/** Scratch: bytes that are read again. */
const REPLAYED = new Slice();
