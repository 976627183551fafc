import { Buffer } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { NANOSECONDS_PER_MICROSECOND } from "../../../assembly";
import { From } from "../../shared/session/peers";
import { Identifier, Identities } from "../../shared/record/identities";
import { writeForeign, writeKey, writeWord } from "../../shared/record/json";
import { NONE, RecordFrame, writeLabel } from "../../shared/record/frame";
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

/** Statistics of one connection that also keep its record for the access log. */
export class LdapRecorder extends LdapStats {
  private readonly operations: OperationBook = new OperationBook();
  /** What is shown of the name of the last bind. */
  private readonly name: Buffer = new Buffer(MAX_NAME_BYTES);

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

  constructor(
    shared: LdapStats,
    private readonly identifier: Identifier,
    private readonly frame: RecordFrame,
  ) {
    super(shared.metrics, shared.thresholds);
    this.wantsNames = identifier.mode != Identities.omit;
  }

  bytes(from: From, count: i32): void {
    super.bytes(from, count);
    this.frame.passed(from, count);
  }

  connectionStarted(): void {
    super.connectionStarted();
    this.frame.begin();
    this.operations.clear();
    this.name.length = 0;
    this.startTlsEvent = NONE;
    this.method = NONE;
    this.mechanism = NONE;
    this.result = NONE;
    this.binds = 0;
    this.entries = 0;
    this.slowest = 0;
    this.slowestOp = NONE;
  }

  connectionEnded(reason: EndReason): void {
    super.connectionEnded(reason);
    this.publish(reason);
  }

  becameOpaque(cause: OpaqueCause): void {
    super.becameOpaque(cause);
    this.frame.opaqueCause = cause;
  }

  operationEnded(op: Op, outcome: Outcome, isPersistent: bool): void {
    super.operationEnded(op, outcome, isPersistent);
    this.operations.ended(op, outcome);
    if (this.frame.isStale) this.publish(NONE);
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
    this.frame.noteAnomaly(kind);
  }

  /** Leaves the record for the access log. `reason`: NONE while the connection goes on. */
  private publish(reason: i32): void {
    const frame = this.frame;
    const text = frame.open(reason == NONE ? null : unchecked(END_REASONS[reason]));
    writeLabel(text, "opaque", OPAQUE_CAUSES, frame.opaqueCause);
    writeKey(text, "entries").unsigned(this.entries);
    frame.writeBytes(text);
    frame.writeTls(text);
    writeLabel(text, "starttls", STARTTLS_EVENTS, this.startTlsEvent);
    this.writeBind(text);
    this.writeSlowest(text);
    frame.writeAnomalies(text, ANOMALIES);
    // Last, as it takes what room is left.
    this.operations.write(writeKey(text, "operations"));
    frame.publish(text, FILTER_STATE_KEY);
  }

  private writeBind(text: Text): void {
    if (this.method == NONE) return;
    writeKey(text, "binds").unsigned(this.binds);
    writeKey(text, "bind").byte(0x7b);
    writeWord(writeKey(text, "method"), unchecked(METHODS[this.method]));
    writeLabel(text, "mechanism", MECHANISMS, this.mechanism);
    writeLabel(text, "result", BIND_RESULTS, this.result);
    if (this.name.length > 0)
      writeForeign(writeKey(text, "name"), SHOWN.set(this.name.pointer, this.name.length));
    text.byte(0x7d);
  }

  private writeSlowest(text: Text): void {
    const op = this.slowestOp;
    if (op == NONE) return;
    writeKey(text, "slowest").byte(0x7b);
    writeWord(writeKey(text, "op"), unchecked(OPERATIONS[op]));
    writeKey(text, "us")
      .unsigned(this.slowest / NANOSECONDS_PER_MICROSECOND)
      .byte(0x7d);
  }
}

/** Scratch: the name at hand. */
const SHOWN = new Slice();
