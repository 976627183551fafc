import { Fault, Faults } from "../host/faults";
import { Chunk } from "./chunk";

/** Which side closed a connection, as far as the proxy says. */
export enum Peer {
  unknown,
  /** The proxy itself. */
  local,
  /** The other end. */
  remote,
}

/**
 * What watches one connection. Every callback has a default that does nothing. Objects are reused: after `onDelete`
 * the same one may serve another connection, beginning with `onNewConnection`, so that must leave no trace of the
 * one before. Nothing that a filter does here delays or changes traffic.
 */
export abstract class NetworkFilter {
  /** A client was accepted; with TLS, before its handshake. */
  onNewConnection(): void {}

  /** Bytes from the client. `endOfStream`: it will send no more; the chunk may be empty. */
  onDownstreamData(_chunk: Chunk, _endOfStream: bool): void {}

  /** Bytes from the server. `endOfStream`: it will send no more; the chunk may be empty. */
  onUpstreamData(_chunk: Chunk, _endOfStream: bool): void {}

  /** The connection to the client is gone. Called once. */
  onDownstreamClose(_peer: Peer): void {}

  /** The connection to the server ended after its last byte; an abrupt end is seen only as a downstream close. */
  onUpstreamClose(_peer: Peer): void {}

  /** After the close: the place for records and last sums. Properties can still be read. */
  onLog(): void {}

  /** The connection is forgotten; give back what came from pools. */
  onDelete(): void {}

  /**
   * Reports that this filter cannot go on, to the log and `filter_errors_total{kind="filter_fault"}`: it gets no
   * more data of this connection, only its close, onLog and onDelete. `reason` must be a constant.
   */
  protected fail(reason: string): void {
    Faults.report(Fault.filterFault, reason);
  }
}
