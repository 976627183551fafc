// An access logger: it is told of each connection once it is over, whatever filters it had, and sees none of its bytes. It
// counts how connections came out and what they carried, and writes a line for those that never reached a server.
export * from "../../../assembly/exports";
import {
  AccessLogger,
  CounterFamily,
  FilterFactory,
  Histogram,
  Host,
  Known,
  LOG_WARN,
  Module,
  Plugin,
  Settings,
  Slice,
  Stats,
  StreamInfo,
  Text,
  XdsInfo,
} from "../../../assembly";

/** Envoy's response flags that say what became of the connection to the server. */
const REFUSED: u64 = 0x1000022; // no healthy server, connection failure, no such cluster
const RESET: u64 = 0x10; // by the server

enum Outcome {
  ok,
  refused,
  reset,
  /** For any other reason of Envoy's, such as a limit. */
  other,
}
const OUTCOMES: string[] = ["ok", "refused", "reset", "other"];

enum From {
  client,
  server,
}
const FROM: string[] = ["client", "server"];

const NANOSECONDS_PER_MILLISECOND: u64 = 1_000_000;
/** Two addresses, a cluster, a reason. */
const MAX_LINE_BYTES: i32 = 512;

export class LoggerFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.access-logger"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("access_logger", settings.name("stat_prefix", "default"));
    return new Logger(stats, settings.bool("log_refused", true));
  }
}

/** One per configuration and worker: there are no filters. */
class Logger extends AccessLogger {
  private readonly connections: CounterFamily;
  private readonly bytes: CounterFamily;
  private readonly duration: Histogram;
  private readonly line: Text = Text.ofCapacity(MAX_LINE_BYTES);

  constructor(
    stats: Stats,
    private readonly logsRefused: bool,
  ) {
    super();
    this.connections = stats.counterFamily("connections_total").label("outcome", OUTCOMES).define();
    this.bytes = stats.counterFamily("bytes_total").label("from", FROM).define();
    this.duration = stats.histogram("connection_duration_ms");
  }

  onLog(): void {
    const flags = StreamInfo.responseFlags();
    const outcome = flags === null ? Outcome.ok : outcomeOf(flags.value);
    this.connections.at(outcome).inc();
    this.count(From.client, StreamInfo.bytesReceived());
    this.count(From.server, StreamInfo.bytesSent());
    const duration = StreamInfo.duration();
    if (duration !== null) this.duration.record(duration.value / NANOSECONDS_PER_MILLISECOND);
    if (outcome == Outcome.refused && this.logsRefused) this.logRefused();
  }

  private count(from: From, bytes: Known<u64> | null): void {
    if (bytes !== null) this.bytes.at(from).add(bytes.value);
  }

  /** A text is valid until the next host call: each is written before the next is asked for. */
  private logRefused(): void {
    this.line.clear().string("never reached a server");
    this.write(", client ", StreamInfo.sourceAddress());
    this.write(", cluster ", XdsInfo.clusterName());
    this.write(", server ", StreamInfo.upstreamAddress());
    this.write(": ", StreamInfo.upstreamTransportFailure());
    Host.log.writeText(LOG_WARN, this.line);
  }

  private write(label: string, value: Slice | null): void {
    if (value !== null && !value.isEmpty) this.line.string(label).replacing(value);
  }
}

function outcomeOf(flags: u64): Outcome {
  if (flags == 0) return Outcome.ok;
  if ((flags & REFUSED) != 0) return Outcome.refused;
  return (flags & RESET) != 0 ? Outcome.reset : Outcome.other;
}

Module.register(new LoggerFactory());
