// At most so many connections of one address at a time, over all workers: their counts are shared data. The number of
// keys is fixed, since none can be taken away: addresses share a count when there are more of them than keys.
export * from "../../../assembly/exports";
import {
  CounterFamily,
  FilterFactory,
  Module,
  NetworkFilter,
  NewConnection,
  Peer,
  Plugin,
  Settings,
  Shared,
  SharedChange,
  SharedData,
  Slice,
  Stats,
  StreamInfo,
  Vector,
  decimal,
} from "../../../assembly";

/** Each is a value in Envoy, and a name here. */
const MAX_KEYS: i32 = 4096;
const NOWHERE: i32 = -1;

enum Outcome {
  accepted,
  refused,
  uncounted,
}
const OUTCOMES: string[] = ["accepted", "refused", "uncounted"];

export class SharedDataFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.shared-data"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("shared_data", settings.name("stat_prefix", "default"));
    const limit = settings.integer("connections", 100, 1, 1_000_000);
    return new SharedDataPlugin(stats, limit, <i32>settings.integer("keys", 1024, 1, MAX_KEYS));
  }
}

/** One per configuration. */
class SharedDataPlugin extends Plugin {
  readonly connections: CounterFamily;
  readonly limit: i64;
  private readonly keys: Vector<string> = new Vector<string>();

  constructor(stats: Stats, limit: i64, keys: i32) {
    super();
    this.limit = limit;
    this.connections = stats.counterFamily("connections_total").label("outcome", OUTCOMES).define();
    // Made before any worker runs: of two that write a first value at the same time, one would be lost.
    for (let i = 0; i < keys; i++) {
      this.keys.push("connections." + decimal(i));
      this.add(i, 0);
    }
  }

  newFilter(): NetworkFilter {
    return new SharedDataFilter(this);
  }

  /** The place of the count for `address` (`ip:port`), by a hash (FNV-1a) of what is in front of the port. */
  placeOf(address: Slice | null): i32 {
    if (address === null) return NOWHERE;
    let length = address.length;
    while (length > 0 && address.at(length) != 0x3a) length--;
    let hash: u32 = 0x811c9dc5;
    for (let i = 0; i < length; i++) hash = (hash ^ (<u32>address.at(i))) * 0x01000193;
    return <i32>(hash % <u32>max(this.keys.length, 1));
  }

  /** Adds `step` to the count at `place`, whatever other workers do meanwhile; the sum is in `addition`. */
  add(place: i32, step: i64): Shared {
    const key = this.keys.get(place);
    addition.step = step;
    return key === null ? Shared.absent : SharedData.update(key, addition);
  }
}

/** Adds to a number of 8 bytes. */
class Addition extends SharedChange {
  step: i64 = 0;
  sum: i64 = 0;
  private readonly value: Slice = Slice.of(heap.alloc(8), 8);

  next(present: Slice | null): Slice | null {
    this.sum = this.step;
    if (present !== null && present.length == 8) this.sum += load<i64>(present.start);
    store<i64>(this.value.start, this.sum);
    return this.value;
  }
}
const addition: Addition = new Addition();

/** One per connection, reused. */
class SharedDataFilter extends NetworkFilter {
  private place: i32 = 0;

  constructor(private readonly plugin: SharedDataPlugin) {
    super();
  }

  onNewConnection(connection: NewConnection): void {
    const plugin = this.plugin;
    this.place = plugin.placeOf(StreamInfo.sourceAddress());
    if (plugin.add(this.place, 1) != Shared.ok) this.place = NOWHERE;
    const sum = this.place == NOWHERE ? 0 : addition.sum;
    if (sum == 0) plugin.connections.at(Outcome.uncounted).inc();
    else plugin.connections.at(sum > plugin.limit ? Outcome.refused : Outcome.accepted).inc();
    if (sum > plugin.limit) connection.close();
  }

  onDownstreamClose(_peer: Peer): void {
    this.plugin.add(this.place, -1);
  }
}

Module.register(new SharedDataFactory());
