// Two filters in two VMs: the producer, before tcp_proxy on every worker, puts a record of each connection into a queue;
// the consumer, a service without connections in a VM of its own, takes them out and adds them up.
export * from "../../../assembly/exports";
import {
  Counter,
  CounterFamily,
  DownstreamChunk,
  FilterFactory,
  Host,
  Module,
  NetworkFilter,
  NewConnection,
  Plugin,
  Service,
  Settings,
  Slice,
  Stats,
  UpstreamChunk,
} from "../../../assembly";

/** How many bytes a connection had, in both directions. */
const RECORD_BYTES: i32 = 8;

/** Most records that are taken at a time: a long queue must not keep the thread from everything else. */
const MAX_TAKEN: i32 = 1000;

const OUTCOMES: string[] = ["queued", "lost"];

export class ProducerFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.shared-queue"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("shared_queue", settings.name("stat_prefix", "default"));
    return new ProducerPlugin(stats, settings.text("consumer_vm_id", "consumer", 64));
  }
}

class ProducerPlugin extends Plugin {
  private readonly records: CounterFamily;
  private queue: u32 = 0;
  private readonly record: Slice = Slice.of(memory.data(RECORD_BYTES), RECORD_BYTES);
  private readonly consumerId: string;

  constructor(stats: Stats, consumerId: string) {
    super();
    this.consumerId = consumerId;
    this.records = stats.counterFamily("records_total").label("outcome", OUTCOMES).define();
  }

  newFilter(): NetworkFilter {
    return new ProducerFilter(this);
  }

  put(bytes: u64): void {
    store<u64>(this.record.start, bytes);
    // The consumer's VM may start later than this one: its queue is looked for until it is there.
    if (this.queue == 0) this.queue = Host.sharedQueue.resolve(this.consumerId, "connections");
    if (this.queue != 0 && !Host.sharedQueue.enqueue(this.queue, this.record)) this.queue = 0;
    this.records.at(this.queue != 0 ? 0 : 1).inc();
  }
}

/** One per connection, reused. */
class ProducerFilter extends NetworkFilter {
  private bytes: u64 = 0;

  constructor(private readonly plugin: ProducerPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.bytes = 0;
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    this.bytes += chunk.size;
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    this.bytes += chunk.size;
  }

  onLog(): void {
    this.plugin.put(this.bytes);
  }
}

export class ConsumerFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.shared-queue.consumer");
  }

  configure(settings: Settings): Plugin {
    return new ConsumerPlugin(Stats.of("shared_queue", settings.name("stat_prefix", "default")));
  }
}

class ConsumerPlugin extends Service {
  private readonly taken: Counter;
  private readonly bytes: Counter;
  private readonly record: Slice = new Slice();

  constructor(stats: Stats) {
    super();
    this.taken = stats.counter("taken_total");
    this.bytes = stats.counter("bytes_total");
    Host.sharedQueue.register("connections"); // from now on this VM hears of new records
  }

  onQueueReady(queue: u32): void {
    for (let i = 0; i < MAX_TAKEN && Host.sharedQueue.dequeue(queue, this.record); i++) {
      if (this.record.length != RECORD_BYTES) continue;
      this.taken.inc();
      this.bytes.add(load<u64>(this.record.start));
    }
  }
}

Module.register(new ProducerFactory());
Module.register(new ConsumerFactory());
