import { Slice } from "../../../assembly/bytes/slice";
import { ServerHalf } from "../../shared/session/halves";
import { LineReader, LineTrait } from "../../shared/wire/lines";
import { GreetingCheck, GreetingVerdict, REPLY_LINE_BYTES, Status, statusOf } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { ClientSide } from "./client";
import { Answered } from "./conversation";
import { Cap, OpaqueCause } from "./observer";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";

const DOT: i32 = 0x2e;

/** The server's half of a session: status lines go to the conversation, the lines behind them to the response. */
@final
export class ServerSide extends ServerHalf<SessionState> {
  private readonly lines: LineReader;
  private readonly greetingCheck: GreetingCheck = new GreetingCheck();
  private isGreetingChecked: bool = false;

  constructor(
    state: SessionState,
    private readonly client: ClientSide,
    private readonly settings: SessionSettings,
  ) {
    super(state);
    this.lines = new LineReader(settings.replyLines, REPLY_LINE_BYTES);
  }

  begin(): void {
    this.isGreetingChecked = false;
    this.greetingCheck.begin();
  }

  read(input: Slice): void {
    if (!this.isGreetingChecked && !this.checkGreeting(input)) return;
    while (!input.isEmpty && !this.state.isOpaque) {
      if (this.state.response.isOpen) this.readLines(input);
      else if (this.state.isServerParked) this.park(input);
      else if (this.lines.next(input)) this.readLine();
      else if (this.lines.starved) this.state.starve();
    }
    this.lines.settle();
  }

  release(): void {
    this.lines.reset();
  }

  protected get held(): u64 {
    return <u64>this.state.serverLimbo.length + this.lines.pending;
  }

  /** The first octets of the stream must be those of a POP3 greeting; otherwise the session is not POP3. */
  private checkGreeting(input: Slice): bool {
    const verdict = this.greetingCheck.look(input);
    if (verdict == GreetingVerdict.undecided) return true;
    this.isGreetingChecked = true;
    if (verdict == GreetingVerdict.pop3) return true;
    this.state.conversation.greetedInvalidly();
    this.state.goOpaque(OpaqueCause.not_pop3);
    return false;
  }

  private readLine(): void {
    const state = this.state;
    const conversation = state.conversation;
    const line = this.lines.line;
    this.checkLine();
    const status = statusOf(line);
    if (status == Status.none) {
      this.readStray(line);
      return;
    }
    if (conversation.expectations.head === null) this.client.beforeUnsolicited();
    if (state.isOpaque) return;
    const head = conversation.expectations.head;
    const isCapa = head !== null && head.verb == Verb.capa;
    state.isEndedByErr = head === null && status == Status.err && !state.hasEnded;
    const answered = conversation.replied(status, line, state.now);
    if (answered == Answered.lines) this.opened(state.response.open(this.endsInLf, isCapa));
    else if (conversation.isTransmitting) state.goOpaque(OpaqueCause.desync);
    else if (answered == Answered.whole) this.client.afterReply(status);
  }

  /** A line without a status is one of those that follow +OK to an unknown command, or nobody knows what. */
  private readStray(line: Slice): void {
    const conversation = this.state.conversation;
    if (!conversation.mayHaveLines) {
      this.state.reporter.anomaly(Anomaly.reply_invalid);
      return;
    }
    conversation.mayHaveLines = false;
    const isLast = this.lines.length == 1 && line.at(0) == DOT;
    if (!isLast) this.opened(this.state.response.openUnexpected(this.endsInLf));
  }

  private readLines(input: Slice): void {
    if (this.state.response.read(input, this.state.now)) this.client.afterReply(Status.ok);
  }

  private opened(isOpen: bool): void {
    if (!isOpen) this.state.starve();
  }

  private get endsInLf(): bool {
    return (this.lines.traits & LineTrait.bareLf) != 0;
  }

  private checkLine(): void {
    const reporter = this.state.reporter;
    const traits = this.lines.traits;
    if ((traits & LineTrait.nul) != 0) reporter.anomaly(Anomaly.nul);
    if ((traits & LineTrait.bareCr) != 0) reporter.anomaly(Anomaly.bare_cr);
    if ((traits & LineTrait.bareLf) != 0) reporter.anomaly(Anomaly.bare_lf_reply);
    if (this.lines.length <= <u64>this.settings.lineBytes) return;
    reporter.anomaly(Anomaly.long_reply);
    this.state.observer.limitReached(Cap.line);
  }
}
