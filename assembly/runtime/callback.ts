import { ACTION_CONTINUE, ACTION_PAUSE } from "../abi/constants";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { CallbackLog, NOTHING } from "./callback-log";
import { Contexts, NOT_HELD, RootContext, StreamContext } from "./contexts";
import { ErrorSink } from "./error-sink";
import { Holding } from "./holding";

/** One callback of the proxy: what comes before it reaches a filter, and after. Each begin has its end. */
export class Callback {
  /** How many callbacks are on the stack. */
  private static depth: i32 = 0;

  static get isIdle(): bool {
    return Callback.depth == 0;
  }

  /**
   * `name`, of the configuration `id`, or of a connection that comes or goes. What it brings, for the log: `what` it
   * is, and `amount`.
   */
  static begin(
    name: string,
    id: u32,
    what: string = "",
    amount: i32 = NOTHING,
    endOfStream: bool = false,
  ): void {
    Callback.depth++;
    Host.context = 0;
    Host.clock.forget();
    Faults.callback = name;
    if (Host.log.isDebug) CallbackLog.write(id, what, amount, endOfStream);
  }

  /** As `begin`, of a connection. Null, and already ended, when that is not known. */
  static beginStream(
    name: string,
    id: u32,
    what: string = "",
    amount: i32 = NOTHING,
    endOfStream: bool = false,
  ): StreamContext | null {
    Callback.begin(name, id, what, amount, endOfStream);
    Host.context = id;
    const stream = Contexts.stream(id);
    if (stream === null) {
      Faults.report(Fault.unknownContext, "a callback came for a connection that is not known");
      Callback.end(null);
    }
    return stream;
  }

  /** `root`: whose callback it was, if that is known. */
  static end(root: RootContext | null): void {
    Callback.depth--;
    if (ErrorSink.isWanted) ErrorSink.ofRoot(root);
  }

  @inline
  static endStream(stream: StreamContext): void {
    Callback.depth--;
    if (!ErrorSink.isWanted) return;
    const closes = ErrorSink.ofStream(stream);
    if (stream.isBlind && !closes) Holding.release(stream, null);
    if (ErrorSink.isWanted) ErrorSink.ofRoot(stream.root);
  }

  /** Where the proxy asks what to do with what the client sent: ACTION_…. */
  @inline
  static endClient(stream: StreamContext, isClosed: bool): i32 {
    Callback.depth--;
    const closes = ErrorSink.isWanted && ErrorSink.ofStream(stream);
    if (stream.isBlind) stream.held = NOT_HELD;
    return stream.held == NOT_HELD && !isClosed && !closes ? ACTION_CONTINUE : ACTION_PAUSE;
  }
}
