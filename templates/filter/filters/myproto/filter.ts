import {
  Chunk,
  DownstreamChunk,
  Host,
  NetworkFilter,
  NewConnection,
  Peer,
  UpstreamChunk,
} from "heirloom/assembly";
import { MyProtoPlugin } from "./plugin";
import { From } from "./session/observer";
import { MyProtoSession } from "./session/session";

/** One connection: hands the bytes of both peers to its session. Reused for the next connection. */
@final
export class MyProtoFilter extends NetworkFilter {
  private readonly session: MyProtoSession;

  constructor(private readonly plugin: MyProtoPlugin) {
    super();
    this.session = new MyProtoSession(plugin.stats, plugin.config.outstanding);
  }

  onNewConnection(_connection: NewConnection): void {
    this.session.begin();
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    this.pass(From.client, chunk);
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    this.pass(From.server, chunk);
  }

  onDownstreamClose(_peer: Peer): void {
    this.session.end();
  }

  private pass(from: From, chunk: Chunk): void {
    const session = this.session;
    this.plugin.stats.bytes(from, chunk.size);
    // Fetching bytes is the one thing that costs: nothing is fetched that nobody reads.
    let at: i32 = 0;
    while (at < chunk.size && session.reads) {
      const bytes = chunk.slice(at, chunk.size - at);
      at += bytes.length;
      if (bytes.isEmpty) session.lose();
      else session.read(from, bytes, Host.clock.now());
    }
  }
}
