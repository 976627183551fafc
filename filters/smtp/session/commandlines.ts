import { Slice } from "../../../assembly/bytes/slice";
import { From } from "../../shared/session/peers";
import { Command } from "../wire/commands";
import { Extension } from "../wire/extensions";
import { LineReader, LineTrait } from "../../shared/wire/lines";
import { isCancel, isHttpRequestLine, isProxyV1 } from "../../shared/wire/textlines";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Cap, OpaqueCause, TlsEvent } from "./observer";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";
import { ClientMode, modeBehind } from "./states";
import { Smtputf8Scope } from "./utf8scope";

/** Octets of a line of an AUTH exchange (RFC 4954 §4). */
const MAX_AUTH_LINE: u64 = 12_288;

/** The client's lines, commands and those inside an AUTH exchange, on their way into the conversation. */
@final
export class CommandLines {
  /** A PROXY preamble may still come. */
  allowsProxy: bool = true;
  /** Octets still to be read that were sent behind a DATA before its refusal. */
  refusedBody: u32 = 0;
  /** Octets of the chunk or block that the last command announced. */
  announced: u64 = 0;
  readonly utf8: Smtputf8Scope = new Smtputf8Scope();

  /** No command line was read yet. */
  private isFirst: bool = true;
  private readonly lines: LineReader;

  constructor(
    private readonly state: SessionState,
    private readonly settings: SessionSettings,
  ) {
    this.lines = new LineReader(settings.commandLines, settings.lineBytes);
  }

  begin(): void {
    this.allowsProxy = this.settings.allowsProxy;
    this.refusedBody = 0;
    this.announced = 0;
    this.isFirst = true;
    this.utf8.begin();
  }

  /** Octets of the line that has not ended yet. */
  get pending(): u64 {
    return this.lines.pending;
  }

  /** Takes bytes from the front of `input`. True: a line is complete, to be read by `read`. */
  next(input: Slice): bool {
    if (this.lines.next(input)) return true;
    if (this.lines.starved) this.state.starve();
    return false;
  }

  /** The line is no longer needed. */
  settle(): void {
    this.lines.settle();
  }

  /** Gives the buffer back. */
  release(): void {
    this.lines.reset();
  }

  /**
   * Reads the complete line, a command or in `ClientMode.authLine` a response. Returns how what follows is read;
   * `ClientMode.opening` behind a PROXY preamble, where the client's own stream begins.
   */
  read(mode: ClientMode): ClientMode {
    this.announced = 0;
    const isOfRefusedBody = this.refusedBody > 0 && this.spend(this.lines.wireLength);
    if (mode == ClientMode.authLine) return this.readResponse();
    if (this.isFirst) {
      if (this.allowsProxy && isProxyV1(this.lines.line)) return ClientMode.opening;
      this.isFirst = false;
      this.allowsProxy = false;
      if (this.isForeign()) return ClientMode.opaque;
    }
    this.checkLine();
    COMMAND.parse(this.lines.line);
    this.checkLength(COMMAND.verb);
    if (isOfRefusedBody && COMMAND.verb == Verb.other) this.state.reporter.anomaly(Anomaly.body_as_commands);
    return this.readCommand();
  }

  /** So many octets were read. True: all of them are of the refused body. */
  spend(octets: u64): bool {
    const isWithin = octets <= <u64>this.refusedBody;
    this.refusedBody = isWithin ? this.refusedBody - <u32>octets : 0;
    return isWithin;
  }

  /** The first line may be another protocol's. */
  private isForeign(): bool {
    if (!isHttpRequestLine(this.lines.line, this.lines.isCut)) return false;
    this.state.reporter.anomaly(Anomaly.http_to_smtp);
    this.state.observer.opaqueBytes(From.client, this.lines.wireLength);
    this.state.goOpaque(OpaqueCause.not_smtp);
    return true;
  }

  @inline
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

  @inline
  private checkOctets(): void {
    if ((this.lines.traits & LineTrait.eightBit) == 0 || this.utf8.allowsEightBit()) return;
    this.state.reporter.anomaly(Anomaly.eight_bit_without_smtputf8);
  }

  private readCommand(): ClientMode {
    const state = this.state;
    const verb = COMMAND.verb;
    if (!state.mayExpect()) return ClientMode.opaque;
    const sent = state.conversation.commanded(COMMAND, state.timeOfCommand(verb));
    if (sent === null) {
      state.starve();
      return ClientMode.opaque;
    }
    this.utf8.commandSent(COMMAND, sent);
    this.checkOctets();
    if (verb == Verb.starttls || verb == Verb.x_anonymoustls) state.observer.tls(TlsEvent.requested);
    if (verb == Verb.bdat) return this.beginChunk();
    if (verb == Verb.xexch50 && COMMAND.hasSize) this.announced = COMMAND.size;
    return modeBehind(verb);
  }

  private readResponse(): ClientMode {
    const state = this.state;
    this.checkLine();
    this.checkLength(Verb.auth_response);
    this.checkOctets();
    if (!state.mayExpect()) return ClientMode.opaque;
    if (state.conversation.sent(Verb.auth_response, state.timeOfCommand(Verb.auth_response)) === null) {
      state.starve();
      return ClientMode.opaque;
    }
    if (isCancel(this.lines.line)) state.conversation.auth.cancel();
    return ClientMode.parkedAuth;
  }

  /** Behind a BDAT line (rule 25): its octets follow at once, unless the server may not know the command. */
  private beginChunk(): ClientMode {
    if (!COMMAND.hasSize) this.state.reporter.anomaly(Anomaly.bdat_invalid_size);
    else this.announced = COMMAND.size;
    if (this.announced == 0) return ClientMode.command;
    const isKnown = this.state.conversation.hello.isOffered(Extension.chunking);
    return isKnown ? ClientMode.chunk : ClientMode.parkedChunk;
  }
}

/** Scratch: the command line at hand. */
const COMMAND = new Command();
