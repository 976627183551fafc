import { IntegerTable, NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_MILLISECOND } from "../../assembly";
import { From } from "../shared/session/peers";
import { linedIndex, timedIndex } from "./labels";
import { Pop3Metrics } from "./metrics";
import { Anomaly } from "./session/anomalies";
import {
  Cap,
  Deletion,
  EndReason,
  Greeting,
  LoginResult,
  OpaqueCause,
  Outcome,
  Pop3Observer,
  Retrieval,
  TlsEvent,
} from "./session/observer";
import { Login } from "./wire/logins";
import { Code, Status } from "./wire/replies";
import { Verb } from "./wire/verbs";

/** Turns what sessions report into metrics; the one place where events meet metric names. */
export class Pop3Stats extends Pop3Observer {
  /** `thresholds`: milliseconds by verb, 0 for none; null where slow commands are not counted. */
  constructor(
    readonly metrics: Pop3Metrics,
    readonly thresholds: IntegerTable | null,
  ) {
    super();
  }

  bytes(from: From, count: i32): void {
    this.metrics.bytes.at(from).add(<u64>count);
  }

  opaqueBytes(from: From, count: u64): void {
    this.metrics.opaqueBytes.at(from).add(count);
  }

  sessionStarted(): void {
    this.metrics.sessions.inc();
    this.metrics.sessionsActive.add(1);
  }

  sessionEnded(reason: EndReason, outcome: Outcome, retrievals: u32, duration: u64): void {
    const metrics = this.metrics;
    metrics.sessionsActive.add(-1);
    metrics.sessionEnds.at(reason).inc();
    metrics.sessionOutcomes.at(outcome).inc();
    metrics.sessionRetrievals.record(<u64>retrievals);
    metrics.sessionDuration.record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  becameOpaque(cause: OpaqueCause): void {
    this.metrics.opaqueSessions.at(cause).inc();
  }

  greeted(greeting: Greeting): void {
    this.metrics.greetings.at(greeting).inc();
  }

  commandSent(verb: Verb): void {
    this.metrics.commands.at(verb - 1).inc();
  }

  commandPipelined(depth: u32): void {
    this.metrics.pipelineDepth.record(<u64>depth);
  }

  commandAnswered(verb: Verb, status: Status, code: Code): void {
    this.metrics.replies.at2(verb, status).inc();
    if (status != Status.err) return;
    this.metrics.errorCodes.at(code).inc();
    this.metrics.commandErrorCodes.at2(verb, code).inc();
  }

  commandTimed(verb: Verb, duration: u64, service: u64): void {
    const metrics = this.metrics;
    metrics.commandDuration.at(timedIndex(verb)).record(duration / NANOSECONDS_PER_MICROSECOND);
    if (verb != Verb.connect) metrics.commandService.record(service / NANOSECONDS_PER_MICROSECOND);
    const thresholds = this.thresholds;
    if (thresholds === null) return;
    const threshold = <u64>thresholds.get(verb) * NANOSECONDS_PER_MILLISECOND;
    if (threshold > 0 && duration > threshold) metrics.slowCommands.at(verb).inc();
  }

  commandUnanswered(verb: Verb): void {
    this.metrics.commandsUnanswered.at(verb).inc();
  }

  repliedUnsolicited(status: Status): void {
    this.metrics.repliesUnsolicited.at(status == Status.ok ? 0 : status == Status.err ? 1 : 2).inc();
  }

  loginAttempted(login: Login): void {
    this.metrics.authAttempts.at(login).inc();
  }

  loginEnded(login: Login, result: LoginResult): void {
    this.metrics.authResults.at(result).inc();
    this.metrics.authMechanismResults.at2(login, result).inc();
  }

  loginInClear(): void {
    this.metrics.authCleartext.inc();
  }

  tls(event: TlsEvent): void {
    this.metrics.tls.at(event).inc();
  }

  extensionsOffered(offers: u32): void {
    for (let rest = offers; rest != 0; rest &= rest - 1) this.metrics.extensionsOffered.at(ctz(rest)).inc();
  }

  maildropSized(messages: u64, octets: u64): void {
    this.metrics.maildropMessages.record(messages);
    this.metrics.maildropBytes.record(octets);
  }

  linesPassed(verb: Verb, bytes: u64, _wireBytes: u64): void {
    this.metrics.responseBytes.at(linedIndex(verb)).add(bytes);
  }

  retrievalEnded(retrieval: Retrieval): void {
    this.metrics.retrievals.at(retrieval).inc();
  }

  messageRetrieved(bytes: u64, wireBytes: u64, service: u64): void {
    this.metrics.messageBytes.record(bytes);
    this.metrics.messageWireBytes.record(wireBytes);
    this.metrics.retrievalDuration.record(service / NANOSECONDS_PER_MICROSECOND);
  }

  retrievedInClear(stlsOffered: bool): void {
    this.metrics.cleartextMessages.at(stlsOffered ? 0 : 1).inc();
  }

  deletionStarted(): void {
    this.metrics.deletionsStarted.inc();
    this.metrics.deletionsPending.add(1);
  }

  deletionsEnded(deletion: Deletion, count: u32): void {
    this.metrics.deletionsPending.add(-(<i64>count));
    this.metrics.deletions.at(deletion).add(<u64>count);
  }

  proxyPreamble(version: i32): void {
    this.metrics.proxyPreambles.at(version - 1).inc();
  }

  anomaly(kind: Anomaly): void {
    this.metrics.anomalies.at(kind).inc();
  }

  limitReached(cap: Cap): void {
    this.metrics.limitsReached.at(cap).inc();
  }
}
