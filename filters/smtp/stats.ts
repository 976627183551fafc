import { IntegerTable, NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_MILLISECOND } from "../../assembly";
import { From } from "../shared/session/peers";
import { codeIndex, Kept, statusClassIndex, statusIndex, timedIndex } from "./labels";
import { SmtpMetrics } from "./metrics";
import { Anomaly } from "./session/anomalies";
import { Message, MessageMode } from "./session/message";
import {
  AbortCause,
  AuthResult,
  Cap,
  Dialect,
  EndReason,
  Greeting,
  OpaqueCause,
  Outcome,
  RecipientOutcome,
  SmtpObserver,
  Stage,
  TlsEvent,
} from "./session/observer";
import { Extension } from "./wire/extensions";
import { Mechanism } from "../shared/wire/mechanisms";
import { Reply, ReplyClass } from "./wire/replies";
import { Verb } from "./wire/verbs";

/** Turns what sessions report into metrics; the one place where events meet metric names. */
export class SmtpStats extends SmtpObserver {
  /** `thresholds`: milliseconds by verb, 0 for none; null where slow commands are not counted. */
  constructor(
    readonly metrics: SmtpMetrics,
    readonly thresholds: IntegerTable | null,
    timesCommands: bool,
  ) {
    super();
    this.timesCommands = timesCommands;
  }

  bytes(from: From, count: i32): void {
    this.metrics.bytes.at(from).add(<u64>count);
  }

  sessionStarted(): void {
    this.metrics.sessions.inc();
    this.metrics.sessionsActive.add(1);
  }

  sessionEnded(reason: EndReason, dialect: Dialect, transactions: u32, duration: u64): void {
    const metrics = this.metrics;
    metrics.sessionsActive.add(-1);
    metrics.sessionEnds.at(reason).inc();
    metrics.sessionDialects.at(dialect).inc();
    metrics.sessionTransactions.record(<u64>transactions);
    metrics.sessionDuration.record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  becameOpaque(cause: OpaqueCause): void {
    this.metrics.opaqueSessions.at(cause).inc();
  }

  opaqueBytes(from: From, count: u64): void {
    this.metrics.opaqueBytes.at(from).add(count);
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

  commandAnswered(verb: Verb, replyClass: ReplyClass, code: i32): void {
    this.metrics.replies.at2(verb, replyClass).inc();
    this.metrics.commandReplyCodes.at2(verb, codeIndex(code)).inc();
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

  replied(reply: Reply, hasStatus: bool): void {
    const metrics = this.metrics;
    metrics.replyCodes.at(codeIndex(reply.code)).inc();
    if (!hasStatus) return;
    const subject = min(reply.statusSubject, 8);
    metrics.enhancedCodes.at2(statusClassIndex(reply.statusClass), subject).inc();
    metrics.enhancedStatuses
      .at(statusIndex(reply.statusClass, reply.statusSubject, reply.statusDetail))
      .inc();
  }

  repliedUnsolicited(code: i32): void {
    this.metrics.repliesUnsolicited.at(code == 421 ? 0 : 1).inc();
  }

  transactionStarted(): void {
    this.metrics.transactionsStarted.inc();
    this.metrics.transactionsActive.add(1);
  }

  transactionEnded(outcome: Outcome, duration: u64): void {
    this.metrics.transactionsActive.add(-1);
    this.metrics.transactions.at(outcome).inc();
    this.metrics.transactionDuration.record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  rejected(stage: Stage, replyClass: ReplyClass): void {
    this.metrics.transactionRejections.at2(stage, replyClass == ReplyClass.transient ? 0 : 1).inc();
  }

  aborted(cause: AbortCause): void {
    this.metrics.transactionAborts.at(cause).inc();
  }

  recipient(outcome: RecipientOutcome): void {
    this.metrics.recipients.at(outcome).inc();
  }

  delivered(replyClass: ReplyClass): void {
    this.metrics.deliveries.at(replyClass).inc();
  }

  nullSender(): void {
    this.metrics.nullSenders.inc();
  }

  messageSent(message: Message, recipients: i32): void {
    const metrics = this.metrics;
    metrics.messages.at(message.mode).inc();
    if (recipients >= 0) metrics.transactionRecipients.record(<u64>recipients);
    // The octets that BURL has the server fetch are not seen.
    if (message.mode == MessageMode.burl) return;
    metrics.messageBytes.record(message.bytes);
    metrics.messageWireBytes.record(message.wireBytes);
    if (message.chunks > 0) metrics.messageChunks.record(<u64>message.chunks);
    if (message.bytes == 0) metrics.emptyMessages.inc();
    metrics.sizeDeclarations.at(keptOf(message)).inc();
  }

  dataTimed(duration: u64): void {
    this.metrics.dataDuration.record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  commitTimed(duration: u64): void {
    this.metrics.commitDuration.record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  sentInClear(starttlsOffered: bool): void {
    this.metrics.cleartextMessages.at(starttlsOffered ? 0 : 1).inc();
  }

  authAttempted(mechanism: Mechanism): void {
    this.metrics.authAttempts.at(mechanism).inc();
  }

  authEnded(mechanism: Mechanism, result: AuthResult): void {
    this.metrics.authResults.at(result).inc();
    this.metrics.authMechanismResults.at2(mechanism, result).inc();
  }

  authInClear(): void {
    this.metrics.authCleartext.inc();
  }

  tls(event: TlsEvent): void {
    this.metrics.tls.at(event).inc();
  }

  extensionsOffered(offers: u32): void {
    for (let rest = offers; rest != 0; rest &= rest - 1) this.metrics.extensionsOffered.at(ctz(rest)).inc();
  }

  extensionUsed(extension: Extension): void {
    this.metrics.extensionsUsed.at(extension).inc();
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

function keptOf(message: Message): Kept {
  if (!message.isDeclared) return Kept.absent;
  return message.bytes > message.declaredBytes ? Kept.exceeded : Kept.within;
}
