import { DownstreamChunk } from "../extension/chunk";
import { NetworkFilter } from "../extension/filter";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { NOT_HELD, StreamContext } from "./contexts";

/** What a client has sent and a filter holds back. It lies with the proxy. */
export class Holding {
  private static readonly chunk: DownstreamChunk = new DownstreamChunk();

  /** `by` (null: whoever does) holds the connection no longer: what was held goes on, unless it is held anew. */
  static release(stream: StreamContext, by: NetworkFilter | null): void {
    if (stream.held == NOT_HELD) return;
    if (by !== null && !stream.isBlind && Holding.isHeldAnew(stream, by)) return;
    stream.held = NOT_HELD;
    stream.isEndHeld = false;
    if (!Host.stream.resume()) Faults.report(Fault.hostCall, "the proxy refused to go on with held bytes");
  }

  /** Shows what `by` held to the filters behind it, which may hold or close in turn. */
  private static isHeldAnew(stream: StreamContext, by: NetworkFilter): bool {
    const filter = stream.filter;
    if (filter === null) return false;
    const chunk = Holding.chunk;
    chunk.open(0, stream.held);
    chunk.isHeld = false;
    const goesOn = filter.released(by, chunk, stream.isEndHeld);
    stream.held = chunk.size;
    return !goesOn || chunk.isClosed;
  }
}
