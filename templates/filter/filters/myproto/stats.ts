import {
  Counter,
  CounterFamily,
  Gauge,
  HistogramFamily,
  NANOSECONDS_PER_MICROSECOND,
  Stats,
  Verbosity,
} from "heirloom/assembly";
import { FROM, From, MyProtoObserver, OPAQUE_CAUSES, OpaqueCause } from "./session/observer";
import { RESULTS, Result } from "./wire/replies";
import { VERBS, Verb } from "./wire/verbs";

/** Turns what sessions report into metrics; the one place where events meet metric names. */
export class MyProtoStats extends MyProtoObserver {
  private readonly sessions: Counter;
  private readonly sessionsActive: Gauge;
  private readonly opaqueSessions: CounterFamily;
  private readonly bytesPassed: CounterFamily;
  private readonly requests: CounterFamily;
  private readonly replies: CounterFamily;
  private readonly requestsUnanswered: CounterFamily;
  private readonly repliesUnsolicited: Counter;
  private readonly requestDuration: HistogramFamily;

  constructor(stats: Stats) {
    super();
    this.sessions = stats.counter("sessions_total");
    this.sessionsActive = stats.gauge("sessions_active");
    this.opaqueSessions = stats.counterFamily("opaque_sessions_total").label("cause", OPAQUE_CAUSES).define();
    this.bytesPassed = stats.counterFamily("bytes_total").label("from", FROM).define();
    this.requests = stats.counterFamily("requests_total").label("verb", VERBS).define();
    // What ends a request is flushed last (`ends`), so that there are never more ends than requests.
    this.replies = stats
      .counterFamily("replies_total")
      .label("verb", VERBS)
      .label("result", RESULTS)
      .ends()
      .define();
    this.requestsUnanswered = stats
      .counterFamily("requests_unanswered_total")
      .label("verb", VERBS)
      .ends()
      .define();
    this.repliesUnsolicited = stats.counter("replies_unsolicited_total");
    this.requestDuration = stats
      .histogramFamily("request_duration_us", Verbosity.standard)
      .label("verb", VERBS)
      .define();
  }

  bytes(from: From, count: i32): void {
    this.bytesPassed.at(from).add(<u64>count);
  }

  sessionStarted(): void {
    this.sessions.inc();
    this.sessionsActive.add(1);
  }

  sessionEnded(): void {
    this.sessionsActive.add(-1);
  }

  becameOpaque(cause: OpaqueCause): void {
    this.opaqueSessions.at(cause).inc();
  }

  requestSent(verb: Verb): void {
    this.requests.at(verb).inc();
  }

  requestAnswered(verb: Verb, result: Result, duration: u64): void {
    this.replies.at2(verb, result).inc();
    this.requestDuration.at(verb).record(duration / NANOSECONDS_PER_MICROSECOND);
  }

  requestUnanswered(verb: Verb): void {
    this.requestsUnanswered.at(verb).inc();
  }

  replyUnsolicited(): void {
    this.repliesUnsolicited.inc();
  }
}
