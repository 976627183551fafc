import type { EventEmitter } from "node:events";
import type { Server as NetServer, Socket } from "node:net";
import untyped from "ldapjs";

// The types that are published for ldapjs leave out most of what its version 3 hands over. Here is what the demo uses.

/** A distinguished name. */
export interface Dn {
  /** How many components it has; 0: the root. */
  readonly length: number;
  toString(): string;
}

export interface Control {
  readonly type: string;
  readonly criticality: boolean;
  readonly value?: unknown;
}

/** A search filter. */
export interface Filter {
  readonly type: string;
  readonly attribute: string;
  /** Of AND, OR and NOT. */
  readonly filters?: readonly Filter[];
  /** Of a substring match. */
  readonly initial?: string;
  /** Throws for the kinds that ldapjs cannot match: approximate and extensible ones. */
  matches(attributes: Readonly<Record<string, readonly string[]>>, isCaseStrict: boolean): boolean;
}

/** Any LDAPMessage as ldapjs reads it; what else it has depends on `protocolOp`. */
export interface Message {
  readonly messageId: number;
  readonly protocolOp: number;
  readonly controls: readonly Control[];
  /** Of responses. */
  readonly status?: number;
  readonly referrals?: readonly string[];
  /** Of an Abandon: the message that is given up. */
  readonly abandonId?: number;
}

/** A request as handlers get it. */
export interface Request extends Message {
  readonly dn: Dn;
  readonly connection: Socket;
}

export interface BindRequest extends Request {
  /** A string as it is read, a {@link Dn} in handlers. */
  readonly name: Dn | string;
  readonly credentials: string;
}

export interface SearchRequest extends Request {
  /** 0 base, 1 one, 2 sub. */
  readonly scope: number;
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly typesOnly: boolean;
  readonly sizeLimit: number;
}

export interface ExtendedRequest extends Request {
  readonly requestName: string;
}

/** Attribute and values. */
export interface Attribute {
  readonly type: string;
  readonly values: readonly string[];
}

export interface ModifyRequest extends Request {
  readonly changes: readonly { readonly operation: string; readonly modification: Attribute }[];
}

export interface AddRequest extends Request {
  readonly attributes: readonly Attribute[];
}

export interface CompareRequest extends Request {
  readonly attribute: string;
  readonly value: string;
}

export interface ModifyDnRequest extends Request {
  readonly newRdn: Dn;
  readonly newSuperior?: Dn;
}

export interface Response {
  diagnosticMessage: string;
  responseValue?: string;
  addControl(control: Control): void;
  addReferral(uri: string): void;
  /** Sends the response. */
  end(status: number): void;
}

export interface SearchResponse extends Response {
  send(message: object): void;
  /** Whole: given a plain object, `send` would leave out what was asked for in capitals. */
  createSearchEntry(entry: { objectName: string; attributes: readonly object[] }): object;
  createSearchReference(uris: readonly string[]): object;
}

type Handler<Q, S = Response> = (request: Q, response: S) => void;

/** Cuts a stream of bytes into messages; emits `message` and `error`. */
export interface Parser extends EventEmitter {
  write(data: Buffer): boolean;
}

export interface Server extends EventEmitter {
  readonly server: NetServer;
  newConnection(socket: Socket): void;
  bind(suffix: string, handler: Handler<BindRequest>): void;
  search(suffix: string, handler: Handler<SearchRequest, SearchResponse>): void;
  compare(suffix: string, handler: Handler<CompareRequest>): void;
  modify(suffix: string, handler: Handler<ModifyRequest>): void;
  add(suffix: string, handler: Handler<AddRequest>): void;
  del(suffix: string, handler: Handler<Request>): void;
  modifyDN(suffix: string, handler: Handler<ModifyDnRequest>): void;
  exop(oid: string, handler: Handler<ExtendedRequest>): void;
}

/** ldapjs writes about itself here; the demo asks the objects instead. */
export interface Log {
  trace(): void;
  debug(): void;
  info(): void;
  warn(): void;
  error(): void;
  child(): Log;
}

export interface SearchEvents extends EventEmitter {
  on(event: "searchRequest", listener: (request: Message) => void): this;
  on(event: "error", listener: (error: Failure) => void): this;
  on(event: "searchEntry" | "end", listener: () => void): this;
}

/** What a client gets instead of success; `code` is the server's, undefined where the connection broke. */
export interface Failure extends Error {
  readonly code?: number;
}

export type Done = (error: Failure | null) => void;

export interface SearchOptions {
  readonly scope?: "base" | "one" | "sub";
  readonly filter?: string;
  readonly attributes?: readonly string[];
  readonly sizeLimit?: number;
  readonly typesOnly?: boolean;
  readonly paged?: { readonly pageSize: number };
}

export interface Client extends EventEmitter {
  bind(name: string, password: string, done: Done): void;
  search(
    base: string,
    options: SearchOptions,
    controls: readonly Control[],
    begun: (error: Failure | null, events: SearchEvents) => void,
  ): void;
  abandon(messageId: number, done: Done): void;
  starttls(options: object, controls: readonly Control[], done: Done): void;
  unbind(done: Done): void;
  destroy(): void;
}

interface Ldapjs {
  createServer(options: { log: Log; connectionRouter: (socket: Socket) => void }): Server;
  createClient(options: { url: string; connectTimeout: number }): Client;
  readonly Attribute: { fromObject(attributes: Record<string, string[]>): object[] };
  readonly Parser: new (options: { log: Log }) => Parser;
  readonly PagedResultsControl: new (options: { value: { size: number; cookie: Buffer } }) => Control;
  readonly ServerSideSortingRequestControl: new (options: {
    value: readonly { attributeType: string }[];
  }) => Control;
  readonly ServerSideSortingResponseControl: new (options: { value: { result: number } }) => Control;
}

export const ldapjs = untyped as unknown as Ldapjs;

export const QUIET: Log = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => QUIET,
};
