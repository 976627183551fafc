import { Slice } from "../../../assembly/bytes/slice";
import { From } from "../../shared/session/peers";
import { LineReader, LineTrait } from "../../shared/wire/lines";
import { isCancel, isHttpRequestLine, isProxyV1 } from "../../shared/wire/textlines";
import { Command } from "../wire/commands";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Cap, OpaqueCause } from "./observer";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";
import { ClientMode } from "./states";

/** Octets of a line of an AUTH exchange (RFC 5034 §4, as RFC 4954 §4). */
const MAX_AUTH_LINE: u64 = 12_288;

/** The client's lines, commands and those inside an AUTH exchange, on their way into the conversation. */
@final
export class CommandLines {
  /** A PROXY preamble may still come. */
  allowsProxy: bool = true;

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
    this.isFirst = true;
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
    if (mode == ClientMode.authLine) return this.readResponse();
    if (this.isFirst) {
      if (this.allowsProxy && isProxyV1(this.lines.line)) return ClientMode.opening;
      this.isFirst = false;
      this.allowsProxy = false;
      if (this.isForeign()) return ClientMode.opaque;
    }
    COMMAND.parse(this.lines.line);
    this.checkLine(COMMAND.verb);
    return this.readCommand();
  }

  /** The first line may be another protocol's. */
  private isForeign(): bool {
    if (!isHttpRequestLine(this.lines.line, this.lines.isCut)) return false;
    this.state.reporter.anomaly(Anomaly.http_to_pop3);
    this.state.observer.opaqueBytes(From.client, this.lines.wireLength);
    this.state.goOpaque(OpaqueCause.not_pop3);
    return true;
  }

  private readCommand(): ClientMode {
    const state = this.state;
    const verb = COMMAND.verb;
    if (!state.mayExpect()) return ClientMode.opaque;
    if (!state.conversation.commanded(COMMAND, state.now)) {
      state.starve();
      return ClientMode.opaque;
    }
    if (verb == Verb.stls) return ClientMode.parkedTls;
    return verb == Verb.auth && COMMAND.isLogin ? ClientMode.parkedAuth : ClientMode.command;
  }

  private readResponse(): ClientMode {
    const state = this.state;
    this.checkLine(Verb.auth_response);
    if (!state.mayExpect()) return ClientMode.opaque;
    if (state.conversation.sent(Verb.auth_response, state.now) === null) {
      state.starve();
      return ClientMode.opaque;
    }
    if (isCancel(this.lines.line)) state.conversation.access.cancel();
    return ClientMode.parkedAuth;
  }

  private checkLine(verb: Verb): void {
    const reporter = this.state.reporter;
    this.checkLength(verb);
    const traits = this.lines.traits;
    if (traits == 0) return;
    if ((traits & LineTrait.bareLf) != 0) reporter.anomaly(Anomaly.bare_lf_command);
    if ((traits & LineTrait.nul) != 0) reporter.anomaly(Anomaly.nul);
    if ((traits & LineTrait.bareCr) != 0) reporter.anomaly(Anomaly.bare_cr);
    if ((traits & LineTrait.eightBit) != 0 && !this.state.conversation.allowsEightBit) {
      reporter.anomaly(Anomaly.eight_bit_without_utf8);
    }
  }

  /** AUTH lines have a limit of their own: an initial response may be as long as any other response. */
  private checkLength(verb: Verb): void {
    const length = this.lines.length;
    if (verb == Verb.auth || verb == Verb.auth_response) {
      if (length > MAX_AUTH_LINE) this.state.reporter.anomaly(Anomaly.auth_line_too_long);
    } else if (length > <u64>this.settings.lineBytes) {
      this.state.reporter.anomaly(Anomaly.long_command);
      this.state.observer.limitReached(Cap.line);
    }
  }
}

/** Scratch: the command line at hand. */
const COMMAND = new Command();
