import { Fault, Faults } from "../host/faults";
import { HttpResponse } from "../host/http";
import { DownstreamChunk, UpstreamChunk } from "./chunk";
import { Connection, NewConnection } from "./connection";
import { Links } from "./links";

/** Which side closed a connection, as far as the proxy says. */
export enum Peer {
  /** The proxy does not say, which is so of every end of the connection to the server. */
  unknown,
  /** The proxy itself: a filter, a time-out, or that the server reset or was never reached. */
  local,
  /** The other end. */
  remote,
}

/**
 * What watches one connection. Every callback has a default that does nothing. Objects are reused: after `onDelete`
 * the same one may serve another connection, beginning with `onNewConnection`, so that must leave no trace of the
 * one before. A filter that only watches neither delays nor changes anything; what it can do besides is a method of
 * what the callback brings.
 */
export abstract class NetworkFilter {
  /** The other filters of the chain this one is in, to be switched on and off for this connection; null outside of one. */
  links: Links | null = null;

  /** A client was accepted; with TLS, before its handshake. */
  onNewConnection(_connection: NewConnection): void {}

  /** Bytes from the client. `endOfStream`: it will send no more; the chunk may be empty. */
  onDownstreamData(_chunk: DownstreamChunk, _endOfStream: bool): void {}

  /** Bytes from the server. `endOfStream`: it will send no more; the chunk may be empty. */
  onUpstreamData(_chunk: UpstreamChunk, _endOfStream: bool): void {}

  /** The answer to a call of this filter's (`HttpClient.call`), while its connection is open. */
  onHttpResponse(_response: HttpResponse, _connection: Connection): void {}

  /** The connection to the client is gone. Called once. */
  onDownstreamClose(_peer: Peer): void {}

  /** The connection to the server ended after its last byte; an abrupt end is seen only as a downstream close. */
  onUpstreamClose(_peer: Peer): void {}

  /** After the close: the place for records and last sums. Properties can still be read. */
  onLog(): void {}

  /** The connection is forgotten; give back what came from pools. */
  onDelete(): void {}

  /** For the runtime: what `by` held goes on. True when nothing else holds it; a chain shows it to its later links. */
  released(_by: NetworkFilter, _chunk: DownstreamChunk, _endOfStream: bool): bool {
    return true;
  }

  /** For the runtime: `by` reported a fault outside of this filter's own callbacks; a chain switches that link off. */
  contain(_by: NetworkFilter, _connection: Connection): void {}

  /** For the runtime: these bytes go on unseen; what this filter keeps back of earlier ones has to go in front of them. */
  restoreDownstream(_chunk: DownstreamChunk): void {}

  /** For the runtime: the same for the server's bytes. */
  restoreUpstream(_chunk: UpstreamChunk): void {}

  /**
   * Reports that this filter cannot go on, to the log and `filter_errors_total{kind="filter_fault"}`: it gets no
   * more data of this connection, only its close, onLog and onDelete. `reason` must be a constant.
   */
  protected fail(reason: string): void {
    Faults.report(Fault.filterFault, reason);
  }
}
