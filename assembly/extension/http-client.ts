import { Host } from "../host/host";
import { HttpRequest, HttpResponse } from "../host/http";
import { Connection } from "./connection";
import { NetworkFilter } from "./filter";
import { Plugin } from "./plugin";

/** Most calls of a VM that wait for an answer at once: each is an object here, and a request in Envoy. */
export const MAX_PENDING_CALLS: i32 = 4096;

/** Asks HTTP servers that Envoy knows as clusters, without blocking anything. */
export class HttpClient {
  /**
   * Sends `request`; the answer comes to `filter.onHttpResponse`, if its connection is still open then. To be called
   * in a callback of that filter's connection. The number of the call, or 0 when it was not sent: no such cluster, its
   * name beyond 256 bytes, headers beyond 8 KiB, or MAX_PENDING_CALLS wait already.
   */
  static call(request: HttpRequest, filter: NetworkFilter): u32 {
    return Calls.shared().send(request, Host.context, filter, null);
  }

  /** As `call`, with the answer to `plugin.onHttpResponse`, if its configuration is still there then. */
  static callForPlugin(request: HttpRequest, plugin: Plugin): u32 {
    return Calls.shared().send(request, 0, null, plugin);
  }
}

/**
 * Calls that wait for an answer, for the runtime. Made with the first call, so that a module that makes none does not
 * hold the code.
 */
export abstract class PendingCalls {
  static active: PendingCalls | null = null;

  /** The call `token`, which waits no longer; null when it is not known. */
  abstract take(token: u32): Call | null;
  /** Hands the answer to who made `call`, which is not to be used afterwards. `connection` is theirs, if they have one. */
  abstract answer(call: Call, headers: i32, bodySize: i32, connection: Connection): void;
  /** The connection is over: nobody waits for its answers. */
  abstract forget(context: u32): void;
  /** The configuration of `plugin` is over, or was refused: the same. */
  abstract forgetPlugin(plugin: Plugin): void;
}

/** A call that waits for its answer. */
@final
export class Call {
  next: Call | null = null;
  token: u32 = 0;
  /** The connection it belongs to; 0 for a plugin's. */
  context: u32 = 0;
  filter: NetworkFilter | null = null;
  plugin: Plugin | null = null;

  /** Whether it is `owner`'s, or that of a link of it; null: that of a connection. */
  isOf(owner: Plugin | null): bool {
    const plugin = this.plugin;
    if (owner === null || plugin === null) return owner === plugin;
    return owner.includes(plugin);
  }
}

@final
class Calls extends PendingCalls {
  private first: Call | null = null;
  private free: Call | null = null;
  private count: i32 = 0;
  private readonly response: HttpResponse = new HttpResponse();

  static shared(): Calls {
    const active = PendingCalls.active;
    if (active !== null) return changetype<Calls>(active);
    const made = new Calls();
    PendingCalls.active = made;
    return made;
  }

  send(request: HttpRequest, context: u32, filter: NetworkFilter | null, plugin: Plugin | null): u32 {
    if (this.count >= MAX_PENDING_CALLS) return 0;
    const token = Host.http.send(request);
    if (token == 0) return 0;
    const reused = this.free;
    const call: Call = reused === null ? new Call() : reused;
    if (reused !== null) this.free = reused.next;
    call.token = token;
    call.context = context;
    call.filter = filter;
    call.plugin = plugin;
    call.next = this.first;
    this.first = call;
    this.count++;
    return token;
  }

  take(token: u32): Call | null {
    let before: Call | null = null;
    let call = this.first;
    while (call !== null && call.token != token) {
      before = call;
      call = call.next;
    }
    if (call !== null) this.unlink(call, before);
    return call;
  }

  answer(call: Call, headers: i32, bodySize: i32, connection: Connection): void {
    const filter = call.filter;
    const plugin = call.plugin;
    const response = this.response;
    response.token = call.token;
    response.isAnswered = headers > 0;
    response.bodySize = headers > 0 ? bodySize : 0;
    this.recycle(call);
    if (filter !== null) filter.onHttpResponse(response, connection);
    else if (plugin !== null) plugin.onHttpResponse(response);
  }

  forget(context: u32): void {
    this.drop(context, null);
  }

  forgetPlugin(plugin: Plugin): void {
    this.drop(0, plugin);
  }

  /** Forgets those of the connection `context` or, for 0, of `owner` and its links. */
  private drop(context: u32, owner: Plugin | null): void {
    let before: Call | null = null;
    let call = this.first;
    while (call !== null) {
      const next = call.next;
      if (call.context == context && call.isOf(owner)) {
        this.unlink(call, before);
        this.recycle(call);
      } else {
        before = call;
      }
      call = next;
    }
  }

  private unlink(call: Call, before: Call | null): void {
    if (before === null) this.first = call.next;
    else before.next = call.next;
    this.count--;
  }

  private recycle(call: Call): void {
    call.filter = null;
    call.plugin = null;
    call.next = this.free;
    this.free = call;
  }
}
