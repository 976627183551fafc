import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { Faults } from "../host/faults";
import { Host } from "../host/host";
import { MAX_LINE_BYTES } from "../host/log";
import { RootContext } from "./contexts";

/** Lines that the runtime itself writes into the log, one at a time, in memory that is there for them. */
export class Line {
  private static readonly text: Text = new Text(memory.data(2048), MAX_LINE_BYTES);
  private static readonly slice: Slice = new Slice();

  static begin(): Text {
    return Line.text.clear();
  }

  /** Begins with where one is: `heirloom.smtp: edge: on_tick: `. `root`: null where that is not known. */
  static beginAt(root: RootContext | null): Text {
    const text = Line.begin();
    if (root === null || root.name.length == 0) text.string("heirloom");
    else text.string(root.name);
    if (root !== null && root.prefix.length > 0) text.string(": ").string(root.prefix);
    return text.string(": ").string(Faults.callback).string(": ");
  }

  /** Writes what was put together: LOG_…. The log's own rate is for filters; whoever writes these bounds them. */
  static write(level: i32): void {
    Host.log.always(level, Line.text.toSlice(Line.slice));
  }
}
