import { Buffer } from "../../../assembly/bytes/buffer";
import { Pool } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";
import { BodyEvent, BodyReader, BodyTrait } from "../wire/body";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Limbo, Parked } from "../../shared/session/limbo";
import { Cap } from "./observer";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";

/** The clock's part of a body that is read; it lies here, so that a session that reads none has no room for it. */
@final
class TimedBody extends BodyReader {
  /** When the first candidate came; valid when there was one. */
  candidateAt: u64 = 0;
}

/**
 * The data of a DATA command on its way in. The canonical CRLF.CRLF ends it; a dot line with a bare LF is a candidate
 * that ends it if the server says so, and what follows the first candidate is kept for that case (rule 26).
 */
@final
export class Incoming {
  /** Held only while a body is read. */
  private body: TimedBody | null = null;
  /** What followed the first candidate. */
  private readonly tail: Limbo;
  /** The `Cap` at which keeping it ended, NONE while all of it is there. */
  private tailLostTo: i32 = NONE;
  /** Data was sent before the go-ahead. */
  private isEarly: bool = false;
  /** When the go-ahead came; 0 while it has not. */
  private goAheadAt: u64 = 0;

  constructor(
    private readonly state: SessionState,
    settings: SessionSettings,
  ) {
    this.tail = new Limbo(settings.limbos);
  }

  /** The go-ahead came. `isEarly`: data had been sent before it. */
  begin(isEarly: bool): void {
    this.open(isEarly);
    this.confirm();
  }

  /** More than the limbo holds was sent before DATA was answered: it is read as its data. */
  assume(): void {
    this.open(true);
  }

  /** The go-ahead came for data that was assumed. */
  confirm(): void {
    if (this.state.timesCommands) this.goAheadAt = this.state.now;
  }

  /** There is a dot line that the server may take for the end. */
  get hasCandidate(): bool {
    const body = this.body;
    return body !== null && body.hasCandidate;
  }

  /** Takes bytes from the front of `input`. True: the end of data was among them. */
  read(input: Slice): bool {
    const body = this.body;
    if (body === null) return true;
    const keepsTail = body.hasCandidate;
    const from = input.start;
    const event = body.read(input);
    if (event == BodyEvent.end) {
      this.finish(body.bytes, body.wireBytes, body.traits, this.state.timeOfCommand(Verb.eod));
      this.release();
      return true;
    }
    if (event == BodyEvent.candidate) body.candidateAt = this.state.timeOfCommand(Verb.eod);
    if (keepsTail) this.keep(from, input.start);
    return false;
  }

  /** The server took the first candidate for the end of data. Returns what followed it, to be read as commands. */
  endAtCandidate(): Buffer | null {
    const body = this.body;
    if (body === null) return null;
    const smuggling = body.traits & BodyTrait.smuggling;
    const lostTo = this.tailLostTo;
    const tail = this.tail.detach();
    this.state.reporter.anomaly(Anomaly.eod_noncanonical_accepted);
    // Sent when it came, but not before the go-ahead, which data that was assumed came ahead of.
    const sentAt = max(body.candidateAt, this.goAheadAt);
    this.finish(body.candidateBytes, body.candidateWireBytes, body.candidateTraits | smuggling, sentAt);
    if (lostTo != NONE) {
      // A tail that nobody needs is no limit to anything.
      this.state.observer.limitReached(<Cap>lostTo);
      this.state.isStepLost = true;
    }
    this.release();
    return tail;
  }

  /** Gives back what is held for a body. */
  release(): void {
    this.tail.clear();
    const body = this.body;
    if (body === null) return;
    BODIES.give(body);
    this.body = null;
  }

  private open(isEarly: bool): void {
    this.tailLostTo = NONE;
    this.isEarly = isEarly;
    this.goAheadAt = 0;
    const body = BODIES.take();
    this.body = body;
    if (body === null) this.state.starve();
    else body.begin();
  }

  private keep(from: usize, end: usize): void {
    if (this.tailLostTo != NONE) return;
    const parked = this.tail.park(TAIL.set(from, <i32>(end - from)));
    if (parked == Parked.whole) return;
    this.tailLostTo = parked == Parked.full ? Cap.limbo : Cap.memory;
    this.tail.clear();
  }

  private finish(bytes: u64, wireBytes: u64, traits: u32, sentAt: u64): void {
    const state = this.state;
    if (!state.mayExpect()) return;
    if (this.goAheadAt != 0) state.observer.dataTimed(sentAt - this.goAheadAt);
    this.report(traits);
    if (!state.conversation.endOfData(bytes, wireBytes, sentAt)) state.starve();
  }

  /** Kinds that count once per message. */
  private report(traits: u32): void {
    const reporter = this.state.reporter;
    if (this.isEarly) reporter.anomaly(Anomaly.data_before_354);
    if (traits == 0) return;
    if ((traits & BodyTrait.bareLf) != 0) reporter.anomaly(Anomaly.bare_lf_body);
    if ((traits & BodyTrait.bareCr) != 0) reporter.anomaly(Anomaly.bare_cr);
    if ((traits & BodyTrait.nul) != 0) reporter.anomaly(Anomaly.nul);
    if ((traits & BodyTrait.candidate) != 0) reporter.anomaly(Anomaly.eod_ambiguous);
    if ((traits & BodyTrait.smuggling) != 0) reporter.anomaly(Anomaly.smuggling_suspected);
  }
}

const NONE: i32 = -1;

/** Bodies that all sessions of a VM share. */
const BODIES = new Pool<TimedBody>();

/** Scratch: what is to be kept. */
const TAIL = new Slice();
