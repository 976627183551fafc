import { LOG_DEBUG, LOG_ERROR, LOG_INFO, LOG_WARN, STATUS_OK } from "../abi/constants";
import { proxy_get_log_level, proxy_log } from "../abi/env";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { Clock } from "./clock";

/** Longest line; what is longer is cut off. */
export const MAX_LINE_BYTES: i32 = 2048;

/** Most lines per interval, above debug level: a log that a peer can fill is a way to fill a disk. */
export const LINES_PER_INTERVAL: i32 = 20;

/** How long an interval is, in nanoseconds; the proxy's log level is asked again after it. */
export const LOG_INTERVAL: u64 = 10_000_000_000;

const NOT_ASKED: i32 = -1;

/**
 * The proxy's log: level gated, rate limited. Lines beyond LINES_PER_INTERVAL are dropped, and the next line after
 * the interval says how many. Debug lines are neither dropped nor counted: who switches them on wants all of them,
 * and they must not take the place of a warning. Never log what a peer sent; should a line have any of it, control
 * characters are dots there, so that it stays one line and tells no terminal what to do.
 */
export abstract class Log {
  /** For the runtime: whether debug lines are shown, as far as it was asked. */
  isDebug: bool = false;
  private level: i32 = NOT_ASKED;
  private intervalStart: u64 = 0;
  private written: i32 = 0;
  private dropped: u64 = 0;
  private readonly text: Text = Text.ofCapacity(MAX_LINE_BYTES);
  private readonly line: Slice = new Slice();

  constructor(private readonly clock: Clock) {}

  /** A line at level debug: what helps somebody who looks into a problem. */
  debug(text: string): void {
    this.write(LOG_DEBUG, text);
  }

  /** A line at level info: what an operator may want to know. */
  info(text: string): void {
    this.write(LOG_INFO, text);
  }

  /** A line at level warn: what an operator should look at. */
  warn(text: string): void {
    this.write(LOG_WARN, text);
  }

  /** A line at level error: what keeps the filter from working. */
  error(text: string): void {
    this.write(LOG_ERROR, text);
  }

  /** Whether a line of `level` (LOG_…) would be shown now: ask before building a text. */
  enabled(level: i32): bool {
    this.open();
    return level >= this.level;
  }

  /** For the runtime, before the first callback: asks for the proxy's level unless it is known. */
  open(): void {
    if (this.level == NOT_ASKED) this.ask();
  }

  /** For the runtime, at every tick: begins a new interval when the last one is over. */
  tick(): void {
    const now = this.clock.now();
    if (now - this.intervalStart < LOG_INTERVAL) return;
    this.intervalStart = now;
    this.written = 0;
    this.ask();
  }

  /** Writes a line of `level` (LOG_…) unless it is below the proxy's level or beyond the rate. */
  write(level: i32, text: string): void {
    if (this.admits(level)) this.finish(level, this.text.clear().string(text));
  }

  /** As `write`, of a text that was put together without making strings: for lines that come with every connection. */
  writeText(level: i32, text: Text): void {
    if (this.admits(level)) this.finish(level, this.text.clear().bytes(text.start, text.length));
  }

  /** Writes a line whatever the rate: for the runtime's own, which are few, or debug lines. */
  always(level: i32, line: Slice): void {
    blunt(line);
    this.emit(level, line);
  }

  /** Whether a line of `level` is shown and within the rate; the next one says that it was dropped. */
  private admits(level: i32): bool {
    if (!this.enabled(level)) return false;
    if (level <= LOG_DEBUG || this.written < LINES_PER_INTERVAL) return true;
    this.dropped++;
    return false;
  }

  private finish(level: i32, text: Text): void {
    if (level > LOG_DEBUG) {
      this.written++;
      if (this.dropped > 0) text.string(" (").unsigned(this.dropped).string(" lines dropped before)");
      this.dropped = 0;
    }
    this.always(level, text.toSlice(this.line));
  }

  private ask(): void {
    this.level = this.readLevel();
    this.isDebug = this.level <= LOG_DEBUG;
  }

  protected abstract readLevel(): i32;
  protected abstract emit(level: i32, line: Slice): void;
}

/** Makes dots of control characters: those of ASCII, and C1 as it is in UTF-8. */
function blunt(line: Slice): void {
  let isLead = false;
  for (let at = line.start; at < line.end; at++) {
    const byte = load<u8>(at);
    if (byte < 0x20 || byte == 0x7f) store<u8>(at, DOT);
    if (isLead && (byte & 0xe0) == 0x80) store<u16>(at - 1, TWO_DOTS);
    isLead = byte == C1_LEAD;
  }
}

const DOT: u8 = 0x2e;
const TWO_DOTS: u16 = 0x2e2e;

/** Of U+0080 to U+00BF. */
const C1_LEAD: u8 = 0xc2;

const returned: usize = memory.data(4);

@final
export class EnvoyLog extends Log {
  protected readLevel(): i32 {
    return proxy_get_log_level(returned) == STATUS_OK ? load<i32>(returned) : LOG_INFO;
  }

  protected emit(level: i32, line: Slice): void {
    proxy_log(level, line.start, <usize>line.length);
  }
}
