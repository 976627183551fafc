// The digest example again, by a plain function for each callback in place of subclasses: the SHA-256 of each direction, left
// for the access log.
export * from "../../../assembly/exports";
import {
  Chunk,
  DownstreamChunk,
  FilterState,
  Handlers,
  MAX_FETCH,
  Module,
  NewConnection,
  Settings,
  Sha256,
  Slice,
  Text,
  UpstreamChunk,
} from "../../../assembly";

/** Room for two digests of 64 digits and their names. */
const MAX_ENTRY_BYTES: i32 = 160;

/** What a configuration's connections share. */
class Shared {
  readonly entry: Text = Text.ofCapacity(MAX_ENTRY_BYTES);
  readonly value: Slice = new Slice();
}

/** What is known of one connection. */
class Digests {
  readonly client: Sha256 = new Sha256();
  readonly server: Sha256 = new Sha256();

  constructor(readonly shared: Shared) {}
}

function read(_settings: Settings): Shared {
  return new Shared();
}

function newDigests(shared: Shared): Digests {
  return new Digests(shared);
}

function begin(digests: Digests, _connection: NewConnection): void {
  digests.client.begin();
  digests.server.begin();
}

function addClient(digests: Digests, chunk: DownstreamChunk, _endOfStream: bool): void {
  add(chunk, digests.client);
}

function addServer(digests: Digests, chunk: UpstreamChunk, _endOfStream: bool): void {
  add(chunk, digests.server);
}

/** A chunk can be larger than what is fetched at a time. */
function add(chunk: Chunk, hash: Sha256): void {
  let at = 0;
  while (at < chunk.size) {
    const piece = chunk.slice(at, MAX_FETCH);
    if (piece.isEmpty) return; // the runtime has reported why
    hash.update(piece);
    at += piece.length;
  }
}

function leave(digests: Digests): void {
  const shared = digests.shared;
  const entry = shared.entry.clear();
  digests.client.write(entry.string("client="));
  digests.server.write(entry.string(" server="));
  FilterState.set("digest", entry.toSlice(shared.value));
}

/** The filter; its root_id is the first argument. */
export function handlersFactory(): Handlers<Shared, Digests> {
  return new Handlers<Shared, Digests>("heirloom.examples.handlers", read, newDigests)
    .onNewConnection(begin)
    .onDownstreamData(addClient)
    .onUpstreamData(addServer)
    .onLog(leave);
}

Module.register(handlersFactory());
