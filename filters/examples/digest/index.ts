// What passed, without keeping it: the SHA-256 of each direction, left for the access log.
export * from "../../../assembly/exports";
import {
  Chunk,
  DownstreamChunk,
  FilterFactory,
  FilterState,
  MAX_FETCH,
  Module,
  NetworkFilter,
  NewConnection,
  Plugin,
  Settings,
  Sha256,
  Text,
  UpstreamChunk,
} from "../../../assembly";

/** Room for two digests of 64 digits and their names. */
const MAX_ENTRY_BYTES: i32 = 160;

export class DigestFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.digest"); // = root_id
  }

  configure(_settings: Settings): Plugin {
    return new DigestPlugin();
  }
}

/** One per configuration. */
class DigestPlugin extends Plugin {
  readonly entry: Text = Text.ofCapacity(MAX_ENTRY_BYTES);

  newFilter(): NetworkFilter {
    return new DigestFilter(this);
  }
}

/** One per connection, reused. */
class DigestFilter extends NetworkFilter {
  private readonly client: Sha256 = new Sha256();
  private readonly server: Sha256 = new Sha256();

  constructor(private readonly plugin: DigestPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.client.begin();
    this.server.begin();
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    this.add(chunk, this.client);
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    this.add(chunk, this.server);
  }

  onLog(): void {
    const entry = this.plugin.entry.clear();
    this.client.write(entry.string("client="));
    this.server.write(entry.string(" server="));
    FilterState.set("digest", entry.toSlice());
  }

  /** A chunk can be larger than what is fetched at a time. */
  private add(chunk: Chunk, hash: Sha256): void {
    let at = 0;
    while (at < chunk.size) {
      const piece = chunk.slice(at, MAX_FETCH);
      if (piece.isEmpty) return; // the runtime has reported why
      hash.update(piece);
      at += piece.length;
    }
  }
}

Module.register(new DigestFactory());
