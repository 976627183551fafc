import { IntegerTable, NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_MILLISECOND } from "../../assembly";
import { From } from "../shared/session/peers";
import { codeIndex, controlIndex, Trait } from "./labels";
import { LdapMetrics } from "./metrics";
import {
  BindResult,
  Cap,
  Cleartext,
  EndReason,
  LdapObserver,
  Method,
  OpaqueCause,
  Outcome,
  Protection,
  Referral,
  StartTlsEvent,
  Unmatched,
} from "./session/observer";
import { Anomaly } from "./wire/anomalies";
import { Control } from "./wire/controlnames";
import { ExtendedName, Notice } from "./wire/extendednames";
import { Mechanism } from "./wire/mechanisms";
import { Message, NO_PAGE, Scope, Shape } from "./wire/message";
import { Op } from "./wire/operations";
import { ResultClass } from "./wire/results";

/** Turns what sessions report into metrics; the one place where events meet metric names. */
export class LdapStats extends LdapObserver {
  /** `thresholds`: milliseconds by operation, 0 for none; null where slow operations are not counted. */
  constructor(
    readonly metrics: LdapMetrics,
    readonly thresholds: IntegerTable | null,
  ) {
    super();
    this.timesFirstEntries = metrics.timesFirstEntries;
  }

  bytes(from: From, count: i32): void {
    this.metrics.bytes.at(from).add(<u64>count);
  }

  connectionStarted(): void {
    this.metrics.connections.inc();
    this.metrics.connectionsActive.add(1);
  }

  connectionEnded(reason: EndReason): void {
    this.metrics.connectionsActive.add(-1);
    this.metrics.connectionEnds.at(reason).inc();
  }

  becameOpaque(cause: OpaqueCause): void {
    this.metrics.opaqueConnections.at(cause).inc();
  }

  opaqueBytes(from: From, count: u64): void {
    this.metrics.opaqueBytes.at(from).add(count);
  }

  messageRead(from: From, message: Message): void {
    const metrics = this.metrics;
    metrics.messages.at(from).inc();
    metrics.messageBytes.at(from).record(<u64>message.size);
    if (message.criticalControls != 0) metrics.criticalControls.add(<u64>message.criticalControls);
  }

  controls(control: Control, from: From, count: u32): void {
    const metrics = this.metrics;
    metrics.controls.at2(controlIndex(control, metrics.tellsAllControls), from).add(<u64>count);
  }

  requested(op: Op): void {
    this.metrics.requests.at(op).inc();
  }

  operationStarted(_op: Op, isPersistent: bool): void {
    this.metrics.operationsActive.add(1);
    if (isPersistent) this.metrics.persistentOperationsActive.add(1);
  }

  operationEnded(_op: Op, outcome: Outcome, isPersistent: bool): void {
    const metrics = this.metrics;
    metrics.operationsActive.add(-1);
    if (isPersistent) metrics.persistentOperationsActive.add(-1);
    metrics.operations.at(outcome).inc();
  }

  answered(op: Op, resultClass: ResultClass, code: i32): void {
    const metrics = this.metrics;
    const place = codeIndex(code);
    metrics.responses.at2(op, resultClass).inc();
    metrics.resultCodes.at(place).inc();
    metrics.operationResultCodes.at2(op, place).inc();
  }

  operationTimed(op: Op, duration: u64): void {
    const metrics = this.metrics;
    const microseconds = duration / NANOSECONDS_PER_MICROSECOND;
    metrics.requestDuration.record(microseconds);
    metrics.operationDuration.at(op).record(microseconds);
    const thresholds = this.thresholds;
    if (thresholds === null) return;
    const threshold = <u64>thresholds.get(op) * NANOSECONDS_PER_MILLISECOND;
    if (threshold > 0 && duration > threshold) metrics.slowOperations.at(op).inc();
  }

  firstEntryTimed(duration: u64): void {
    this.metrics.searchFirstEntry.record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  searched(search: Message): void {
    const metrics = this.metrics;
    if (!metrics.showsDetail) return;
    metrics.searches.at(search.scope).inc();
    metrics.searchFilters.at(search.shape).inc();
    this.addTraits(search);
    if (search.pageSize != NO_PAGE) metrics.pageSize.record(<u64>search.pageSize);
    if (search.areAttributesRead) metrics.searchAttributes.record(<u64>search.attributes);
    if (search.shape == Shape.invalid) return;
    metrics.searchFilterDepth.record(<u64>search.filterDepth);
    metrics.searchFilterNodes.record(<u64>search.filterNodes);
  }

  entryReceived(): void {
    this.metrics.searchEntries.inc();
  }

  referenceReceived(): void {
    this.metrics.searchReferences.inc();
  }

  searchEnded(entries: u32, bytes: u64): void {
    this.metrics.entriesPerSearch.record(<u64>entries);
    this.metrics.responseBytesPerSearch.record(bytes);
  }

  extendedRequested(name: ExtendedName): void {
    this.metrics.extended.at(name).inc();
  }

  intermediateReceived(isSyncInfo: bool): void {
    this.metrics.intermediateResponses.at(isSyncInfo ? 0 : 1).inc();
  }

  referred(kind: Referral): void {
    this.metrics.referrals.at(kind).inc();
  }

  noticed(notice: Notice): void {
    this.metrics.unsolicited.at(notice).inc();
  }

  unmatched(kind: Unmatched): void {
    this.metrics.responsesUnmatched.at(kind).inc();
  }

  bindStarted(method: Method): void {
    this.metrics.binds.at(method).inc();
  }

  mechanismUsed(mechanism: Mechanism): void {
    this.metrics.bindMechanisms.at(min(mechanism, Mechanism.other)).inc();
  }

  bindEnded(method: Method, result: BindResult, duration: u64): void {
    const metrics = this.metrics;
    metrics.bindResults.at(result).inc();
    metrics.bindMethodResults.at2(method, result).inc();
    metrics.bindExchange.record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  bindRefusedByAd(reason: i32): void {
    this.metrics.bindAdReasons.at(reason).inc();
  }

  sentInClear(how: Cleartext): void {
    this.metrics.cleartextBinds.at(how).inc();
  }

  startTls(event: StartTlsEvent): void {
    this.metrics.startTls.at(event).inc();
  }

  saslBuffer(protection: Protection, from: From): void {
    this.metrics.saslBuffers.at2(protection, from).inc();
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

  private addTraits(search: Message): void {
    const isBelow = search.scope != Scope.base && search.scope != Scope.other;
    if (search.isAnyObject && search.scope == Scope.base && search.isBaseEmpty) this.trait(Trait.rootdse);
    if (search.isAnyObject && isBelow) this.trait(Trait.whole_base);
    if (isBelow && looksUnindexed(search.shape)) this.trait(Trait.unindexed_suspect);
    if (search.isTypesOnly) this.trait(Trait.types_only);
    if (search.areAttributesRead && search.hasNoAttributes) this.trait(Trait.no_attributes);
    if (search.areAttributesRead && search.hasAllAttributes) this.trait(Trait.all_attributes);
    if (search.isPersistent) this.trait(Trait.persistent);
    if (search.controls == 0) return;
    if (search.countOf(Control.paged) > 0) this.trait(Trait.paged);
    if (search.isPageContinued) this.trait(Trait.paged_continuation);
    if (search.countOf(Control.sort) > 0) this.trait(Trait.sorted);
    if (search.countOf(Control.vlv) > 0) this.trait(Trait.vlv);
  }

  private trait(trait: Trait): void {
    this.metrics.searchTraits.at(trait).inc();
  }
}

/** Whether servers have no index for such a filter, as a rule (docs/ldap.md, rule 16). */
function looksUnindexed(shape: Shape): bool {
  switch (shape) {
    case Shape.presence:
    case Shape.substr_leading:
    case Shape.range:
    case Shape.approx:
    case Shape.ext:
    case Shape.not_only:
    case Shape.compound_no_eq:
      return true;
    default:
      return false;
  }
}
