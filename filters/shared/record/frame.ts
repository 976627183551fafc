import { FilterState, Host, NANOSECONDS_PER_MICROSECOND, StreamInfo } from "../../../assembly";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { From } from "../session/peers";
import { writeForeign, writeKey, writeWord } from "./json";

/** Octets of a record (docs/smtp.md and docs/ldap.md, "The access-log record"). */
const MAX_RECORD_BYTES: i32 = 4_096;

/** A connection whose record is older than this shows what it has done before it ends; nanoseconds. */
const REFRESH_AFTER: u64 = 10_000_000_000;

/** Octets of a version of TLS, which is `TLSv1.3` or the like. */
const TLS_BYTES: i32 = 32;

/** Nothing of a list of label values. */
export const NONE: i32 = -1;

/** What the records of all protocols show, and where they are left: the JSON object around what each has of its own. */
export class RecordFrame {
  protected startedAt: u64 = 0;
  protected clientBytes: u64 = 0;
  protected serverBytes: u64 = 0;
  private publishedAt: u64 = 0;
  /** Kinds that occurred, as bits. */
  private anomalies: u64 = 0;
  /** Place of the cause for which the connection is passed unread. */
  opaqueCause: i32 = NONE;

  begin(): void {
    this.startedAt = Host.clock.now();
    this.publishedAt = this.startedAt;
    this.clientBytes = 0;
    this.serverBytes = 0;
    this.anomalies = 0;
    this.opaqueCause = NONE;
  }

  passed(from: From, count: i32): void {
    if (from == From.client) this.clientBytes += <u64>count;
    else this.serverBytes += <u64>count;
  }

  noteAnomaly(kind: i32): void {
    this.anomalies |= (<u64>1) << (<u64>kind);
  }

  /** Whether what was published last is old. */
  get isStale(): bool {
    return Host.clock.now() - this.publishedAt >= REFRESH_AFTER;
  }

  /** Begins a record, in a text that is shared by all. `end`: why the connection ended, null while it goes on. */
  open(end: string | null): Text {
    const now = Host.clock.now();
    this.publishedAt = now;
    const text = RECORD.clear().byte(0x7b);
    writeKey(text, "duration_us").unsigned((now - this.startedAt) / NANOSECONDS_PER_MICROSECOND);
    if (end !== null) writeWord(writeKey(text, "end"), end);
    return text;
  }

  writeBytes(text: Text): void {
    writeKey(text, "bytes").string('{"client":').unsigned(this.clientBytes);
    text.string(',"server":').unsigned(this.serverBytes).byte(0x7d);
  }

  /** The version of TLS between client and proxy, where there is any. */
  writeTls(text: Text): void {
    const version = StreamInfo.tlsVersion();
    if (version !== null && !version.isEmpty) writeForeign(writeKey(text, "tls"), version, TLS_BYTES);
  }

  /** `names`: of the kinds. */
  writeAnomalies(text: Text, names: string[]): void {
    if (this.anomalies == 0) return;
    writeKey(text, "anomalies").byte(0x5b);
    for (let rest = this.anomalies; rest != 0; rest &= rest - 1) {
      writeWord(text, unchecked(names[<i32>ctz(rest)]));
    }
    text.byte(0x5d);
  }

  /** Leaves the record for the access log, if it fits. `key`: of the filter state, `%FILTER_STATE(wasm.<key>:PLAIN)%`. */
  publish(text: Text, key: string): void {
    text.byte(0x7d);
    if (!text.truncated) FilterState.set(key, text.toSlice(SHOWN));
  }
}

/** Writes `"key":"value"`, the value by its place in `names`; nothing where it is NONE. */
export function writeLabel(text: Text, key: string, names: string[], place: i32): void {
  if (place != NONE) writeWord(writeKey(text, key), unchecked(names[place]));
}

/** Scratch: the record at hand. */
const RECORD = Text.ofCapacity(MAX_RECORD_BYTES);
const SHOWN = new Slice();
