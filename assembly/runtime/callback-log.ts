import { LOG_DEBUG } from "../abi/constants";
import { Contexts } from "./contexts";
import { Line } from "./line";

/** Of a callback that brings no number. */
export const NOTHING: i32 = -1;

/** What a new context brings: the number of the one it belongs to. */
export const PARENT: string = "parent";

/**
 * At debug level one line for each callback, as it begins: which configuration, which callback, which context, where
 * bytes come from and how many. Never the bytes.
 * `heirloom.smtp: edge: on_downstream_data: context 2, from the client, size 42, end of stream`
 */
export class CallbackLog {
  /** The callback that has just begun, of the context `id`; what it brings is `what` it is, and `amount`, or NOTHING. */
  static write(id: u32, what: string, amount: i32, endOfStream: bool): void {
    const known = what == PARENT ? <u32>amount : id; // a new context is not known yet
    const line = Line.beginAt(Contexts.rootOf(known)).string("context ").unsigned(id);
    if (what.length > 0) line.string(", ").string(what);
    if (amount != NOTHING) line.byte(0x20).signed(amount);
    if (endOfStream) line.string(", end of stream");
    Line.write(LOG_DEBUG);
  }
}
