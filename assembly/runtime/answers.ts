import { Connection } from "../extension/connection";
import { Call, PendingCalls } from "../extension/http-client";
import { Faults } from "../host/faults";
import { Host } from "../host/host";
import { Contexts, NOT_HELD, StreamContext } from "./contexts";
import { ErrorSink } from "./error-sink";
import { Holding } from "./holding";
import { Callback } from "./callback";

/** Callbacks of a configuration about what it asked for elsewhere: HTTP servers, queues. */
export class Answers {
  private static readonly connection: Connection = new Connection();

  /** The answer to the call `token` of an HTTP client; `headers`: how many, 0 where it broke off. */
  static httpResponse(id: u32, token: u32, headers: i32, bodySize: i32): void {
    Callback.begin("on_http_call_response", id, "call", token);
    const root = Contexts.root(id);
    const calls = PendingCalls.active;
    if (calls !== null) {
      const call = calls.take(token);
      if (call !== null) Answers.answer(calls, call, headers, bodySize);
    }
    Callback.end(root);
  }

  static queueReady(id: u32, queue: u32): void {
    Callback.begin("on_queue_ready", id, "queue", queue);
    const root = Contexts.root(id);
    if (root !== null) {
      const plugin = root.plugin;
      if (plugin !== null) plugin.onQueueReady(queue);
    }
    Callback.end(root);
  }

  private static answer(calls: PendingCalls, call: Call, headers: i32, bodySize: i32): void {
    const stream = Contexts.stream(call.context);
    if (stream !== null) Answers.answerStream(calls, call, stream, headers, bodySize);
    else calls.answer(call, headers, bodySize, Answers.connection);
  }

  /** Hands an answer to the filter that waits for it, and lets go on what it then releases. */
  private static answerStream(
    calls: PendingCalls,
    call: Call,
    stream: StreamContext,
    headers: i32,
    bodySize: i32,
  ): void {
    Host.context = stream.id;
    Host.stream.enter(stream.id);
    const asker = call.filter;
    const connection = Answers.connection;
    connection.open();
    connection.isHeld = stream.held != NOT_HELD;
    calls.answer(call, headers, bodySize, connection);
    const filter = stream.filter;
    if (Faults.pending != 0) {
      if (filter !== null && asker !== null) filter.contain(asker, connection);
    }
    if (ErrorSink.isWanted && ErrorSink.ofStream(stream)) connection.isClosed = true;
    if (stream.isBlind) connection.release();
    if (!connection.isHeld && !connection.isClosed) Holding.release(stream, asker);
  }
}
