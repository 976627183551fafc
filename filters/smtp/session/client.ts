import { isLetter, Slice } from "../../../assembly/bytes/slice";
import { Command, isCancel, isHttpRequestLine, isProxyV1 } from "../wire/commands";
import { Extension } from "../wire/extensions";
import { LineReader, LineTrait } from "../wire/lines";
import { mayWrap } from "../wire/mechanisms";
import { Opening, OpeningReader } from "../wire/preamble";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Incoming } from "./incoming";
import { Limbo, Parked } from "./limbo";
import { Cap, From, OpaqueCause, TlsEvent } from "./observer";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";
import { ClientMode, isParked, modeAfter, modeBehind } from "./states";
import { Smtputf8Scope } from "./utf8scope";

/** Octets of a line of an AUTH exchange (RFC 4954 §4). */
const MAX_AUTH_LINE: u64 = 12_288;

const TLS_HANDSHAKE: u8 = 0x16;

/** The client's half of a session: what its bytes are depends on the mode, and the mode on commands and replies. */
@final
export class ClientSide {
  /** The first byte came before the greeting was complete. */
  isEarly: bool = false;
  /** The client went on in clear text behind STARTTLS: what the server sent meanwhile must be read first. */
  wantsParkedReplies: bool = false;

  private mode: ClientMode = ClientMode.opening;
  private hasSpoken: bool = false;
  /** No command line was read yet. */
  private isFirstLine: bool = true;
  private allowsProxy: bool = true;
  /** Lines now read were sent before the refusal of the DATA in front of them. */
  private isBehindRefusedData: bool = false;
  /** Octets of the chunk or block that are still to come. */
  private remaining: u64 = 0;
  /** Octets sent behind STARTTLS before its reply, and dropped (injection). */
  private dropped: u64 = 0;

  private readonly opening: OpeningReader = new OpeningReader();
  private readonly lines: LineReader;
  private readonly limbo: Limbo;
  private readonly incoming: Incoming;
  private readonly utf8: Smtputf8Scope = new Smtputf8Scope();

  constructor(
    private readonly state: SessionState,
    private readonly settings: SessionSettings,
  ) {
    this.lines = new LineReader(settings.commandLines, settings.lineBytes);
    this.limbo = new Limbo(settings.limbos);
    this.incoming = new Incoming(state, settings);
  }

  begin(): void {
    this.mode = ClientMode.opening;
    this.isEarly = false;
    this.wantsParkedReplies = false;
    this.hasSpoken = false;
    this.isFirstLine = true;
    this.allowsProxy = this.settings.allowsProxy;
    this.isBehindRefusedData = false;
    this.remaining = 0;
    this.dropped = 0;
    this.opening.begin();
    this.utf8.begin();
  }

  /** Bytes that need not be seen: those of a chunk. */
  get skips(): u64 {
    return this.mode == ClientMode.chunk ? this.remaining : 0;
  }

  skip(count: u64): void {
    this.remaining -= min(count, this.remaining);
    if (this.remaining == 0) this.mode = ClientMode.command;
  }

  /** Takes bytes from the front of `input`: all, or up to where the session becomes opaque or needs the replies. */
  read(input: Slice): void {
    this.wantsParkedReplies = false;
    while (!input.isEmpty && !this.state.isOpaque && !this.wantsParkedReplies) this.step(input);
    this.lines.settle();
  }

  /** Gives all buffers back. */
  release(): void {
    this.lines.reset();
    this.limbo.clear();
    this.incoming.release();
  }

  /** The oldest command was answered for good. */
  afterReply(verb: Verb, code: i32): void {
    const conversation = this.state.conversation;
    if (verb == Verb.mail) this.utf8.mailAnswered(conversation.envelopes.transaction);
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

  /** A reply comes while nothing is owed: it may be what the server takes for the end of data (rule 26). */
  beforeUnsolicited(code: i32): void {
    if (this.mode != ClientMode.body || code == 421 || !this.incoming.hasCandidate) return;
    const tail = this.incoming.endAtCandidate();
    this.mode = ClientMode.command;
    this.utf8.messageEnded();
    if (tail === null) return;
    this.reread(REPLAYED.set(tail.pointer, tail.length));
    this.incoming.giveBack(tail);
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
        else if (this.lines.starved) this.state.starve();
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
    this.utf8.messageEnded();
  }

  private readOpening(input: Slice): void {
    switch (this.opening.read(input, this.allowsProxy)) {
      case Opening.tls:
        if (this.state.conversation.isGreeted) this.state.reporter.anomaly(Anomaly.tls_to_cleartext);
        this.state.observer.opaqueBytes(From.client, 1);
        this.state.goOpaque(OpaqueCause.tls_first);
        return;
      case Opening.proxyV2:
        this.preamble(2);
        return;
      case Opening.plain:
        this.mode = ClientMode.command;
        this.reread(this.opening.held(REPLAYED));
        return;
      default:
    }
  }

  /** A PROXY preamble is no part of the client's own stream, which begins anew. */
  private preamble(version: i32): void {
    this.state.observer.proxyPreamble(version);
    this.allowsProxy = false;
    this.hasSpoken = false;
    this.isEarly = false;
    this.mode = ClientMode.opening;
    this.opening.begin();
  }

  private readLine(): void {
    if (this.mode == ClientMode.authLine) {
      this.readAuthLine();
      return;
    }
    if (this.isFirstLine && this.isForeign()) return;
    this.checkLine();
    COMMAND.parse(this.lines.line);
    this.checkLength(COMMAND.verb);
    if (this.isBehindRefusedData && COMMAND.verb == Verb.other) {
      this.state.reporter.anomaly(Anomaly.body_as_commands);
    }
    this.readCommand();
  }

  /** The first line may be a PROXY preamble or another protocol's. True: it was no command. */
  private isForeign(): bool {
    const line = this.lines.line;
    if (this.allowsProxy && isProxyV1(line)) {
      this.preamble(1);
      return true;
    }
    this.isFirstLine = false;
    this.allowsProxy = false;
    if (!isHttpRequestLine(line)) return false;
    this.state.reporter.anomaly(Anomaly.http_to_smtp);
    this.state.observer.opaqueBytes(From.client, this.lines.wireLength);
    this.state.goOpaque(OpaqueCause.not_smtp);
    return true;
  }

  private checkLine(): void {
    const reporter = this.state.reporter;
    const traits = this.lines.traits;
    if (traits == 0) return;
    if ((traits & LineTrait.bareLf) != 0) reporter.anomaly(Anomaly.bare_lf_command);
    if ((traits & LineTrait.nul) != 0) reporter.anomaly(Anomaly.nul);
    if ((traits & LineTrait.bareCr) != 0) reporter.anomaly(Anomaly.bare_cr);
  }

  /** AUTH lines have a limit of their own: an initial response may be as long as any other response. */
  private checkLength(verb: Verb): void {
    const length = this.lines.length;
    if (verb == Verb.auth || verb == Verb.x_exps || verb == Verb.auth_response) {
      if (length > MAX_AUTH_LINE) this.state.reporter.anomaly(Anomaly.auth_line_too_long);
    } else if (length > <u64>this.settings.lineBytes) {
      this.state.reporter.anomaly(Anomaly.long_command);
      this.state.observer.limitReached(Cap.line);
    }
  }

  private checkOctets(): void {
    if ((this.lines.traits & LineTrait.eightBit) == 0 || this.utf8.allowsEightBit()) return;
    this.state.reporter.anomaly(Anomaly.eight_bit_without_smtputf8);
  }

  private readCommand(): void {
    const state = this.state;
    const verb = COMMAND.verb;
    if (!state.mayExpect()) return;
    const sent = state.conversation.commanded(COMMAND, state.timeOfCommand(verb));
    if (sent === null) {
      state.starve();
      return;
    }
    this.utf8.commandSent(COMMAND, sent);
    this.checkOctets();
    if (verb == Verb.starttls || verb == Verb.x_anonymoustls) state.observer.tls(TlsEvent.requested);
    if (verb == Verb.bdat) {
      this.beginChunk();
    } else {
      this.mode = modeBehind(verb);
      if (verb == Verb.xexch50) this.remaining = COMMAND.hasSize ? COMMAND.size : 0;
    }
  }

  private readAuthLine(): void {
    const state = this.state;
    this.checkLine();
    this.checkLength(Verb.auth_response);
    this.checkOctets();
    if (!state.mayExpect()) return;
    if (state.conversation.sent(Verb.auth_response, state.timeOfCommand(Verb.auth_response)) === null) {
      state.starve();
      return;
    }
    if (isCancel(this.lines.line)) state.conversation.auth.cancel();
    this.mode = ClientMode.parkedAuth;
  }

  /** Behind a BDAT line (rule 25): its octets follow at once, unless the server may not know the command. */
  private beginChunk(): void {
    this.mode = ClientMode.command;
    if (!COMMAND.hasSize) {
      this.state.reporter.anomaly(Anomaly.bdat_invalid_size);
      return;
    }
    this.remaining = COMMAND.size;
    if (this.remaining == 0) return;
    const isKnown = this.state.conversation.hello.isOffered(Extension.chunking);
    this.mode = isKnown ? ClientMode.chunk : ClientMode.parkedChunk;
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
    this.mode = ClientMode.command;
    this.wantsParkedReplies = true;
  }

  private enterTls(): void {
    if (this.dropped > 0) this.state.observer.opaqueBytes(From.client, this.dropped);
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
      this.state.observer.opaqueBytes(From.client, <u64>this.limbo.length);
      this.state.goOpaque(OpaqueCause.limit);
      return;
    }
    this.state.reporter.anomaly(Anomaly.limbo_overflow);
    this.mode = ClientMode.body;
    this.incoming.assume();
    this.replay();
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
    this.isBehindRefusedData = verb == Verb.data && this.mode == ClientMode.command;
    this.replay();
    this.isBehindRefusedData = false;
  }

  private readChunk(): void {
    this.mode = this.remaining > 0 ? ClientMode.chunk : ClientMode.command;
    this.replay();
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
    this.limbo.clear();
  }

  /** Reads what was parked; where it has to be parked once more, it is copied into a fresh limbo. */
  private replay(): void {
    const parked = this.limbo.detach();
    if (parked === null) return;
    this.reread(REPLAYED.set(parked.pointer, parked.length));
    this.limbo.giveBack(parked);
  }

  private reread(bytes: Slice): void {
    this.read(bytes);
    if (!bytes.isEmpty) this.state.observer.opaqueBytes(From.client, <u64>bytes.length);
  }
}

/** Scratch: the command line at hand. */
const COMMAND = new Command();
/** Scratch: bytes that are read again. */
const REPLAYED = new Slice();
