import { Host } from "../host/host";
import { HttpResponse } from "../host/http";
import { NetworkFilter } from "./filter";
import { Ticker } from "./ticker";

/** Shortest and longest period of a ticker, in milliseconds. */
const SHORTEST_PERIOD: i32 = 10;
const LONGEST_PERIOD: i32 = 86_400_000;

/** What becomes of a connection whose filter reports that it cannot go on. */
export enum OnError {
  /** It goes on unwatched. */
  pass,
  /** It is closed: for filters that decide whether it may be. */
  close,
}

/** What one configuration shares among its connections: settings, metrics, pools. Nothing global but pools. */
export abstract class Plugin {
  /** What becomes of a connection whose filter reported a fault; to be set in the constructor. */
  onError: OnError = OnError.pass;
  private tickers: Ticker | null = null;

  /** A new filter; the runtime reuses them, so this is called only when more connections are open than ever before. */
  abstract newFilter(): NetworkFilter;

  /** A ticker of this plugin's is due. Late when the worker was busy, never early. */
  onTick(_ticker: Ticker): void {}

  /** The answer to `HttpClient.callForPlugin`. */
  onHttpResponse(_response: HttpResponse): void {}

  /** Something lies in the shared queue `queue`, which this VM was the last to register. Another may have taken it. */
  onQueueReady(_queue: u32): void {}

  /** One line of the access log is due, where the module is an access logger (`envoy.access_loggers.wasm`). */
  onAccessLog(): void {}

  /** The configuration is being withdrawn, and its connections are gone. */
  onDone(): void {}

  /**
   * Asks for `onTick` every `milliseconds` (10 … 86,400,000; what lies outside is taken for the nearer end), on each
   * worker, and on Envoy's main thread, which has no connections. For the constructor: later ones are not seen.
   */
  protected every(milliseconds: i32): Ticker {
    const ticker = new Ticker(min(max(milliseconds, SHORTEST_PERIOD), LONGEST_PERIOD));
    ticker.next = this.tickers;
    this.tickers = ticker;
    return ticker;
  }

  /** For the runtime: whether `plugin` is this one, or a link of it. */
  includes(plugin: Plugin): bool {
    return this === plugin;
  }

  /** For the runtime: calls `onTick` for what is due. */
  tick(): void {
    let ticker = this.tickers;
    while (ticker !== null) {
      if (ticker.isDue(Host.clock.now())) this.onTick(ticker);
      ticker = ticker.next;
    }
  }

  /** For the runtime: the shortest period of a ticker, in milliseconds, at most `most`. */
  shortestPeriod(most: i32): i32 {
    let shortest = most;
    let ticker = this.tickers;
    while (ticker !== null) {
      shortest = min(shortest, ticker.period);
      ticker = ticker.next;
    }
    return shortest;
  }
}
