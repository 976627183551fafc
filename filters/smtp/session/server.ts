import { Slice } from "../../../assembly/bytes/slice";
import { LineReader, LineTrait } from "../../shared/wire/lines";
import { GreetingCheck, GreetingVerdict, Reply, REPLY_LINE_BYTES } from "../wire/replies";
import { Anomaly } from "./anomalies";
import { Answered } from "./conversation";
import { ClientSide } from "./client";
import { ServerHalf } from "../../shared/session/halves";
import { Cap, OpaqueCause } from "./observer";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";

/** The server's half of a session: lines into replies, replies to the conversation. */
@final
export class ServerSide extends ServerHalf<SessionState> {
  private readonly lines: LineReader;
  private readonly reply: Reply = new Reply();
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
    this.reply.reset();
  }

  read(input: Slice): void {
    if (!this.isGreetingChecked && !this.checkGreeting(input)) return;
    while (!input.isEmpty && !this.state.isOpaque) {
      if (this.state.isServerParked) this.park(input);
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

  /** The first octets of the stream must be those of an SMTP reply; otherwise the session is not SMTP (rule 2). */
  private checkGreeting(input: Slice): bool {
    const verdict = this.greetingCheck.look(input);
    if (verdict == GreetingVerdict.undecided) return true;
    this.isGreetingChecked = true;
    if (verdict == GreetingVerdict.smtp) return true;
    this.state.conversation.greetedInvalidly();
    this.state.goOpaque(OpaqueCause.not_smtp);
    return false;
  }

  private readLine(): void {
    const reporter = this.state.reporter;
    const traits = this.lines.traits;
    if ((traits & LineTrait.nul) != 0) reporter.anomaly(Anomaly.nul);
    if ((traits & LineTrait.bareCr) != 0) reporter.anomaly(Anomaly.bare_cr);
    if (this.lines.length > <u64>this.settings.lineBytes) {
      reporter.anomaly(Anomaly.long_reply);
      this.state.observer.limitReached(Cap.line);
    }
    if (this.reply.add(this.lines.line)) this.readReply();
  }

  private readReply(): void {
    const state = this.state;
    const conversation = state.conversation;
    const code = this.reply.code;
    if (conversation.expectations.head === null) this.client.beforeUnsolicited(code);
    if (state.isOpaque) return;
    state.isEndedBy421 = code == 421 && !state.hasEnded;
    const answered = conversation.replied(this.reply, state.timeOfReply());
    if (answered == Answered.nothing) this.unsolicited(code);
    else if (state.isStepLost) state.goOpaque(OpaqueCause.desync);
    else if (answered == Answered.whole) this.client.afterReply(conversation.answeredVerb, code);
  }

  private unsolicited(code: i32): void {
    if (code != 421 && !this.state.hasEnded) this.state.conversation.envelopes.unsolicited(code);
  }
}
