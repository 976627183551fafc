import { ACTION_CONTINUE } from "../abi/constants";
import { DownstreamChunk, UpstreamChunk } from "../extension/chunk";
import { NewConnection } from "../extension/connection";
import { Peer } from "../extension/filter";
import { Contexts, NOT_HELD } from "./contexts";
import { Callback } from "./callback";

/** The callbacks of a connection that is open. Only a filter holds traffic back, and unknown ids are harmless. */
export class Traffic {
  private static readonly fromClient: DownstreamChunk = new DownstreamChunk();
  private static readonly fromServer: UpstreamChunk = new UpstreamChunk();
  private static readonly connection: NewConnection = new NewConnection();

  /** What the proxy is to do: ACTION_…. */
  static newConnection(id: u32): i32 {
    const stream = Callback.beginStream("on_new_connection", id);
    if (stream === null) return ACTION_CONTINUE;
    const filter = stream.filter;
    const connection = Traffic.connection;
    connection.open();
    if (filter !== null) filter.onNewConnection(connection);
    stream.held = connection.isHeld ? 0 : NOT_HELD;
    return Callback.endClient(stream, connection.isClosed);
  }

  /** What the proxy is to do: ACTION_…. `size`: of everything it has of the client's, what is held included. */
  static downstreamData(id: u32, size: i32, endOfStream: bool): i32 {
    const stream = Callback.beginStream("on_downstream_data", id, "from the client, size", size, endOfStream);
    if (stream === null) return ACTION_CONTINUE;
    const filter = stream.filter;
    const chunk = Traffic.fromClient;
    const shown = max(stream.held, 0);
    chunk.open(shown, size - shown);
    if (filter !== null && !stream.isBlind) {
      chunk.isHeld = stream.held != NOT_HELD;
      filter.onDownstreamData(chunk, endOfStream);
      stream.held = chunk.isHeld ? chunk.skipped + chunk.size : NOT_HELD;
      stream.isEndHeld = chunk.isHeld && endOfStream;
    } else if (filter !== null) {
      filter.restoreDownstream(chunk);
    }
    return Callback.endClient(stream, chunk.isClosed);
  }

  static upstreamData(id: u32, size: i32, endOfStream: bool): void {
    const stream = Callback.beginStream("on_upstream_data", id, "from the server, size", size, endOfStream);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) {
      const chunk = Traffic.fromServer;
      chunk.open(0, size);
      if (stream.isBlind) filter.restoreUpstream(chunk);
      else filter.onUpstreamData(chunk, endOfStream);
    }
    Callback.endStream(stream);
  }

  static downstreamClose(id: u32, peer: i32): void {
    const stream = Callback.beginStream("on_downstream_connection_close", id, byWhom(peer));
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) filter.onDownstreamClose(peerOf(peer));
    Callback.endStream(stream);
  }

  static upstreamClose(id: u32, peer: i32): void {
    // Envoy tells it late where the connection was closed during the server's end of stream.
    if (!Contexts.has(id)) return;
    const stream = Callback.beginStream("on_upstream_connection_close", id, byWhom(peer));
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) filter.onUpstreamClose(peerOf(peer));
    Callback.endStream(stream);
  }
}

/** As the log says it. */
function byWhom(peer: i32): string {
  if (peer == <i32>Peer.local) return "by the proxy";
  return peer == <i32>Peer.remote ? "by the other end" : "";
}

function peerOf(peer: i32): Peer {
  return peer == <i32>Peer.local || peer == <i32>Peer.remote ? <Peer>peer : Peer.unknown;
}
