import { FilterState, Host, StreamInfo } from "../../../assembly";
import { Buffer } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { From } from "../../shared/session/peers";
import { Identifier, Identities } from "../../shared/record/identities";
import { writeForeign, writeKey, writeWord } from "../../shared/record/json";
import { BIND_RESULTS, END_REASONS, METHODS, OPAQUE_CAUSES, STARTTLS_EVENTS } from "../labels";
import { BindResult, EndReason, Method, OpaqueCause, Outcome, StartTlsEvent } from "../session/observer";
import { LdapStats } from "../stats";
import { ANOMALIES, Anomaly } from "../wire/anomalies";
import { Mechanism, MECHANISMS } from "../wire/mechanisms";
import { MAX_NAME_BYTES } from "../wire/names";
import { Op, OPERATIONS } from "../wire/operations";
import { ResultClass } from "../wire/results";
import { showName } from "./bindnames";
import { OperationBook } from "./book";

/** `%FILTER_STATE(wasm.heirloom.ldap:PLAIN)%` */
const FILTER_STATE_KEY: string = "heirloom.ldap";

/** Octets of a record (metrics.md, "Access-log record"). */
const MAX_RECORD_BYTES: i32 = 4_096;

/** A connection whose record is older than this shows what it has done before it ends. */
const REFRESH_AFTER: u64 = 10_000_000_000;

const NANOSECONDS_PER_MICROSECOND: u64 = 1_000;
const COMMA: u8 = 0x2c;
const NONE: i32 = -1;

/** Statistics of one connection that also keep its record for the access log. */
export class LdapRecorder extends LdapStats {
  private readonly operations: OperationBook = new OperationBook();
  /** What is shown of the name of the last bind. */
  private readonly name: Buffer = new Buffer(MAX_NAME_BYTES);

  private startedAt: u64 = 0;
  private publishedAt: u64 = 0;
  private opaqueCause: i32 = NONE;
  private clientBytes: u64 = 0;
  private serverBytes: u64 = 0;
  private startTlsEvent: i32 = NONE;
  /** The last bind exchange. */
  private method: i32 = NONE;
  private mechanism: i32 = NONE;
  private result: i32 = NONE;
  private binds: u32 = 0;
  private entries: u64 = 0;
  /** The slowest operation, in nanoseconds. */
  private slowest: u64 = 0;
  private slowestOp: i32 = NONE;
  /** Kinds that occurred, as bits. */
  private anomalies: u32 = 0;

  constructor(
    shared: LdapStats,
    private readonly identifier: Identifier,
  ) {
    super(shared.metrics, shared.thresholds);
    this.wantsNames = identifier.mode != Identities.omit;
  }

  bytes(from: From, count: i32): void {
    super.bytes(from, count);
    if (from == From.client) this.clientBytes += <u64>count;
    else this.serverBytes += <u64>count;
  }

  connectionStarted(): void {
    super.connectionStarted();
    this.operations.clear();
    this.name.length = 0;
    this.startedAt = Host.clock.now();
    this.publishedAt = this.startedAt;
    this.opaqueCause = NONE;
    this.clientBytes = 0;
    this.serverBytes = 0;
    this.startTlsEvent = NONE;
    this.method = NONE;
    this.mechanism = NONE;
    this.result = NONE;
    this.binds = 0;
    this.entries = 0;
    this.slowest = 0;
    this.slowestOp = NONE;
    this.anomalies = 0;
  }

  connectionEnded(reason: EndReason): void {
    super.connectionEnded(reason);
    this.publish(reason);
  }

  becameOpaque(cause: OpaqueCause): void {
    super.becameOpaque(cause);
    this.opaqueCause = cause;
  }

  operationEnded(op: Op, outcome: Outcome, isPersistent: bool): void {
    super.operationEnded(op, outcome, isPersistent);
    this.operations.ended(op, outcome);
    if (Host.clock.now() - this.publishedAt >= REFRESH_AFTER) this.publish(NONE);
  }

  answered(op: Op, resultClass: ResultClass, code: i32): void {
    super.answered(op, resultClass, code);
    this.operations.answered(op, resultClass);
  }

  operationTimed(op: Op, duration: u64): void {
    super.operationTimed(op, duration);
    if (this.slowestOp != NONE && duration <= this.slowest) return;
    this.slowest = duration;
    this.slowestOp = op;
  }

  entryReceived(): void {
    super.entryReceived();
    this.entries++;
  }

  bindStarted(method: Method): void {
    super.bindStarted(method);
    this.binds++;
    this.method = method;
    this.mechanism = NONE;
    this.result = NONE;
    this.name.length = 0;
  }

  mechanismUsed(mechanism: Mechanism): void {
    super.mechanismUsed(mechanism);
    this.mechanism = min(mechanism, Mechanism.other);
  }

  bindNamed(name: Slice): void {
    showName(this.identifier, name, this.name);
  }

  bindEnded(method: Method, result: BindResult, duration: u64): void {
    super.bindEnded(method, result, duration);
    this.result = result;
  }

  startTls(event: StartTlsEvent): void {
    super.startTls(event);
    if (event <= StartTlsEvent.refused) this.startTlsEvent = event;
  }

  anomaly(kind: Anomaly): void {
    super.anomaly(kind);
    this.anomalies |= (<u32>1) << (<u32>kind);
  }

  /** Leaves the record for the access log. `reason`: NONE while the connection goes on. */
  private publish(reason: i32): void {
    const now = Host.clock.now();
    this.publishedAt = now;
    const text = RECORD.clear().byte(0x7b);
    writeKey(text, "duration_us").unsigned((now - this.startedAt) / NANOSECONDS_PER_MICROSECOND);
    if (reason != NONE) writeWord(writeKey(text.byte(COMMA), "end"), unchecked(END_REASONS[reason]));
    const cause = this.opaqueCause;
    if (cause != NONE) writeWord(writeKey(text.byte(COMMA), "opaque"), unchecked(OPAQUE_CAUSES[cause]));
    writeKey(text.byte(COMMA), "entries").unsigned(this.entries);
    writeKey(text.byte(COMMA), "bytes").string('{"client":').unsigned(this.clientBytes);
    text.string(',"server":').unsigned(this.serverBytes).byte(0x7d);
    this.writeTls(text);
    this.writeBind(text);
    this.writeSlowest(text);
    this.writeAnomalies(text);
    // Last, as it takes what room is left.
    this.operations.write(writeKey(text.byte(COMMA), "operations"));
    text.byte(0x7d);
    if (!text.truncated) FilterState.set(FILTER_STATE_KEY, text.toSlice(SHOWN));
  }

  private writeTls(text: Text): void {
    const version = StreamInfo.tlsVersion();
    if (version !== null && !version.isEmpty) writeForeign(writeKey(text.byte(COMMA), "tls"), version);
    const event = this.startTlsEvent;
    if (event != NONE) writeWord(writeKey(text.byte(COMMA), "starttls"), unchecked(STARTTLS_EVENTS[event]));
  }

  private writeBind(text: Text): void {
    if (this.method == NONE) return;
    writeKey(text.byte(COMMA), "binds").unsigned(this.binds);
    writeKey(text.byte(COMMA), "bind").byte(0x7b);
    writeWord(writeKey(text, "method"), unchecked(METHODS[this.method]));
    const mechanism = this.mechanism;
    if (mechanism != NONE)
      writeWord(writeKey(text.byte(COMMA), "mechanism"), unchecked(MECHANISMS[mechanism]));
    const result = this.result;
    if (result != NONE) writeWord(writeKey(text.byte(COMMA), "result"), unchecked(BIND_RESULTS[result]));
    if (this.name.length > 0)
      writeForeign(writeKey(text.byte(COMMA), "name"), SHOWN.set(this.name.pointer, this.name.length));
    text.byte(0x7d);
  }

  private writeSlowest(text: Text): void {
    const op = this.slowestOp;
    if (op == NONE) return;
    writeKey(text.byte(COMMA), "slowest").byte(0x7b);
    writeWord(writeKey(text, "op"), unchecked(OPERATIONS[op]));
    writeKey(text.byte(COMMA), "us")
      .unsigned(this.slowest / NANOSECONDS_PER_MICROSECOND)
      .byte(0x7d);
  }

  private writeAnomalies(text: Text): void {
    if (this.anomalies == 0) return;
    writeKey(text.byte(COMMA), "anomalies").byte(0x5b);
    for (let rest = this.anomalies; rest != 0; rest &= rest - 1) {
      writeWord(text, unchecked(ANOMALIES[<i32>ctz(rest)]));
      if ((rest & (rest - 1)) != 0) text.byte(COMMA);
    }
    text.byte(0x5d);
  }
}

/** Scratch: the record at hand. */
const RECORD = Text.ofCapacity(MAX_RECORD_BYTES);
const SHOWN = new Slice();
