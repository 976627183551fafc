// Time: a histogram of how long connections last, which is left for the access log too, and a tick that adds up how
// long the open ones have been there already.
export * from "../../../assembly/exports";
import {
  Counter,
  FilterFactory,
  FilterState,
  Gauge,
  Histogram,
  Host,
  Module,
  NANOSECONDS_PER_MICROSECOND,
  NetworkFilter,
  NewConnection,
  Plugin,
  Settings,
  Stats,
  Text,
  Ticker,
} from "../../../assembly";

const SECOND_MS: i32 = 1000;
const HOUR_MS: i32 = 3600 * SECOND_MS;
/** Room for a number and its unit. */
const MAX_ENTRY_BYTES: i32 = 32;

export class TimerFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.timer"); // = root_id
  }

  configure(settings: Settings): Plugin {
    const stats = Stats.of("timer", settings.name("stat_prefix", "default"));
    return new TimerPlugin(stats, <i32>settings.integer("tick_ms", SECOND_MS, 10, HOUR_MS));
  }
}

/** One per configuration, on each worker and on Envoy's main thread, which has no connections but ticks too. */
class TimerPlugin extends Plugin {
  readonly sessions: Histogram;
  readonly active: Gauge;
  /** How many are open on this worker: a gauge is the sum over all of them, and cannot be read. */
  open: i32 = 0;
  readonly entry: Text = Text.ofCapacity(MAX_ENTRY_BYTES);
  private readonly openTime: Counter;

  constructor(stats: Stats, tick: i32) {
    super();
    this.sessions = stats.histogram("session_duration_us");
    this.active = stats.gauge("sessions_active");
    this.openTime = stats.counter("open_ms_total");
    this.every(tick);
  }

  newFilter(): NetworkFilter {
    return new TimerFilter(this);
  }

  onTick(ticker: Ticker): void {
    if (this.open > 0) this.openTime.add(<u64>(this.open * ticker.period));
  }
}

/** One per connection, reused. */
class TimerFilter extends NetworkFilter {
  private since: u64 = 0;

  constructor(private readonly plugin: TimerPlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    this.since = Host.clock.now();
    this.plugin.open++;
    this.plugin.active.add(1);
  }

  onLog(): void {
    const duration = (Host.clock.now() - this.since) / NANOSECONDS_PER_MICROSECOND;
    this.plugin.sessions.record(duration);
    const entry = this.plugin.entry.clear().unsigned(duration).string(" us");
    FilterState.set("timer", entry.toSlice());
  }

  onDelete(): void {
    this.plugin.open--;
    this.plugin.active.add(-1);
  }
}

Module.register(new TimerFactory());
