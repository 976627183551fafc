import { LOG_INFO } from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Log } from "../host/log";

/** A log that keeps its lines. */
export class FakeLog extends Log {
  /** Every line that was shown. */
  lines: string[] = [];
  /** Level of each line. */
  levels: i32[] = [];
  /** What the proxy shows: LOG_…. */
  shown: i32 = LOG_INFO;
  /** How often the level was asked for. */
  asked: i32 = 0;

  protected readLevel(): i32 {
    this.asked++;
    return this.shown;
  }

  protected emit(level: i32, line: Slice): void {
    this.lines.push(String.UTF8.decodeUnsafe(line.start, line.length));
    this.levels.push(level);
  }
}
