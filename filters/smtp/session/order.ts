import { Extension } from "../wire/extensions";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Expectation } from "./expectations";
import { Hello } from "./hello";
import { Reporter } from "./reporter";
import { isHello, waitsAlone } from "./states";

/** Which commands were sent into a busy session, and whether that was in order (RFC 2920 §3.1). */
@final
export class PipelineOrder {
  /** Outstanding commands that must be the last of their group, hellos apart. */
  private blockers: u32 = 0;
  /** The youngest outstanding hello: whether commands behind it were in order, its reply will say. */
  private lastHello: Expectation | null = null;

  constructor(
    private readonly reporter: Reporter,
    private readonly hello: Hello,
  ) {}

  begin(): void {
    this.blockers = 0;
    this.lastHello = null;
  }

  /** A command was sent; `depth`: replies outstanding with its own. */
  sent(command: Expectation, depth: u32): void {
    if (depth > 1) this.pipelined(command.verb, depth);
    if (isHello(command.verb)) this.lastHello = command;
    else if (waitsAlone(command.verb)) this.blockers++;
  }

  /** It was answered. */
  answered(command: Expectation): void {
    if (command === this.lastHello) this.lastHello = null;
    else if (waitsAlone(command.verb)) this.blockers--;
  }

  /** What was sent behind a hello that does not offer PIPECONNECT, or has no answer, was not in order. */
  blame(hello: Expectation): void {
    for (; hello.badOrderBehind > 0; hello.badOrderBehind--)
      this.reporter.anomaly(Anomaly.pipeline_bad_order);
  }

  private pipelined(verb: Verb, depth: u32): void {
    this.reporter.observer.commandPipelined(depth);
    this.reporter.usedOnce(Extension.pipelining);
    if (depth == 2 && this.hello.isAccepted && !this.hello.isOffered(Extension.pipelining)) {
      this.reporter.anomaly(Anomaly.pipeline_not_offered);
    }
    if (verb == Verb.eod) return;
    const hello = this.lastHello;
    if (this.blockers > 0) this.reporter.anomaly(Anomaly.pipeline_bad_order);
    else if (hello !== null) hello.badOrderBehind++;
  }
}
