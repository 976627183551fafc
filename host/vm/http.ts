import { Status } from "../abi/constants.ts";
import type { Pairs } from "../abi/pairs.ts";
import type { CallStatus, Context } from "./context.ts";
import type { Timers } from "./timers.ts";

/** What a module asks an HTTP server. */
export interface HttpRequest {
  readonly cluster: string;
  /** All of them in order, `:method`, `:path` and `:authority` among them. */
  readonly headers: Pairs;
  readonly body: Uint8Array;
  readonly trailers: Pairs;
  /** Milliseconds; 0 for no limit. */
  readonly timeoutMs: number;
}

/** What a server answers. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case, as HTTP/2 has them. */
  readonly headers?: Readonly<Record<string, string>> | Pairs;
  readonly body?: string | Uint8Array;
  readonly trailers?: Readonly<Record<string, string>> | Pairs;
  /** Milliseconds until it comes; by default it comes as soon as the module's callback has returned. */
  readonly afterMs?: number;
}

/**
 * What becomes of a request. `timeout`: no answer ever. `unavailable`: the server cannot be connected. `reset`: it
 * breaks off in the middle of its answer. The module hears of the first two as Envoy tells it, by a response: 504, 503.
 */
export type HttpOutcome = HttpResponse | "timeout" | "unavailable" | "reset";

/** A server, as modules may call it. */
export type HttpHandler = (request: HttpRequest) => HttpOutcome | Promise<HttpOutcome>;

/** An answer while the module is told of it. */
export interface HttpAnswer {
  readonly headers: Pairs;
  readonly body: Uint8Array;
  readonly trailers: Pairs;
}

/** Ids of calls go up by four; the two low bits tell HTTP calls from gRPC's. */
const TOKEN_STEP = 4;

const REQUIRED = [[":path"], [":method"], [":authority", "host"]];

/** Envoy's words where no server answered. */
const LOCAL_REPLIES = {
  timeout: local(504, "upstream request timeout"),
  unavailable: local(
    503,
    "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
  ),
};

interface Call {
  readonly root: Context;
  stopTimer: () => void;
}

/** The HTTP calls of one VM. */
export class HttpCalls {
  private readonly clusters: Readonly<Record<string, HttpHandler>>;
  private readonly timers: Timers;
  private readonly deliver: (root: Context, token: number, answer: HttpAnswer | undefined) => void;
  private readonly pending = new Map<number, Call>();
  private lastToken = 0;

  /** `deliver` tells the module; without an answer if the server broke off. */
  constructor(
    clusters: Readonly<Record<string, HttpHandler>>,
    timers: Timers,
    deliver: (root: Context, token: number, answer: HttpAnswer | undefined) => void,
  ) {
    this.clusters = clusters;
    this.timers = timers;
    this.deliver = deliver;
  }

  /** How many wait for an answer. */
  get size(): number {
    return this.pending.size;
  }

  /** Sends a request; returns its token, or why Envoy does not send it. */
  send(root: Context, request: HttpRequest): number | { readonly status: Status } {
    const { clusters } = this;
    const handler = Object.hasOwn(clusters, request.cluster) ? clusters[request.cluster] : undefined;
    const names = new Set(request.headers.map(([name]) => name.toLowerCase()));
    const complete = REQUIRED.every((either) => either.some((name) => names.has(name)));
    if (handler === undefined || !complete || request.timeoutMs < 0) return { status: Status.badArgument };
    const token = (this.lastToken += TOKEN_STEP);
    const call: Call = { root, stopTimer: () => undefined };
    this.pending.set(token, call);
    if (request.timeoutMs > 0) {
      call.stopTimer = this.timers.after(request.timeoutMs, () => this.finish(token, LOCAL_REPLIES.timeout));
    }
    // The server hears of it after the callback that asked.
    this.timers.after(0, () => this.ask(token, handler, request));
    return token;
  }

  /** A configuration ends: nobody waits for its answers any more. */
  cancel(root: Context): void {
    for (const [token, call] of this.pending) {
      if (call.root !== root) continue;
      call.stopTimer();
      this.pending.delete(token);
    }
  }

  private ask(token: number, handler: HttpHandler, request: HttpRequest): void {
    if (!this.pending.has(token)) return;
    const outcome = handler(request);
    if (!(outcome instanceof Promise)) return this.answered(token, outcome);
    void outcome.then(
      (settled) => this.answered(token, settled),
      () => this.answered(token, "unavailable"),
    );
  }

  private answered(token: number, outcome: HttpOutcome): void {
    if (outcome === "timeout") return;
    if (outcome === "unavailable") return this.finish(token, LOCAL_REPLIES.unavailable);
    if (outcome === "reset") return this.finish(token, undefined);
    const answer = answerOf(outcome);
    const { afterMs = 0 } = outcome;
    if (afterMs === 0) this.finish(token, answer);
    else this.timers.after(afterMs, () => this.finish(token, answer));
  }

  private finish(token: number, answer: HttpAnswer | undefined): void {
    const call = this.pending.get(token);
    if (call === undefined) return;
    call.stopTimer();
    this.pending.delete(token);
    this.deliver(call.root, token, answer);
  }
}

/** What `proxy_get_status` gives after a call that broke off. */
export const BROKEN_OFF: CallStatus = { code: Status.brokenConnection, message: "reset" };

function answerOf({ status, headers = {}, body = "", trailers = {} }: HttpResponse): HttpAnswer {
  return {
    headers: [[":status", String(status)], ...pairsOf(headers)],
    body: typeof body === "string" ? Buffer.from(body) : body,
    trailers: pairsOf(trailers),
  };
}

function pairsOf(map: Readonly<Record<string, string>> | Pairs): Pairs {
  return isPairs(map) ? map : Object.entries(map);
}

function isPairs(map: Readonly<Record<string, string>> | Pairs): map is Pairs {
  return Array.isArray(map);
}

function local(status: number, text: string): HttpAnswer {
  return answerOf({
    status,
    headers: { "content-length": String(text.length), "content-type": "text/plain" },
    body: text,
  });
}
