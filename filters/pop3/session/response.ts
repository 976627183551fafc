import { Pool } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";
import { MultilineEvent, MultilineReader, MultilineTrait } from "../wire/multiline";
import { Anomaly } from "./anomalies";
import { Conversation } from "./conversation";
import { Reporter } from "./reporter";

/** The lines of a multi-line response on their way, measured and let go. */
@final
export class Response {
  /** Held only while lines pass. */
  private reader: MultilineReader | null = null;
  /** They follow an unknown command, whose reply is counted already. */
  private isUnexpected: bool = false;

  constructor(
    private readonly reporter: Reporter,
    private readonly conversation: Conversation,
  ) {}

  /** Whether what the server sends are lines of a response. */
  get isOpen(): bool {
    return this.reader !== null;
  }

  /** The lines of the oldest expectation begin. `endsInLf`, `keepsHeads`: as for the reader. False without memory. */
  open(endsInLf: bool, keepsHeads: bool): bool {
    this.isUnexpected = false;
    return this.take(endsInLf, keepsHeads);
  }

  /** Lines have begun behind +OK to an unknown command. False without memory. */
  openUnexpected(endsInLf: bool): bool {
    this.isUnexpected = true;
    return this.take(endsInLf, false);
  }

  /** Takes bytes from the front of `input`. True: the last line of what a command asked for was among them. */
  read(input: Slice, now: u64): bool {
    const reader = this.reader;
    if (reader === null) return false;
    const event = reader.read(input);
    if (event == MultilineEvent.line) this.conversation.capabilities.read(reader.head);
    if (event != MultilineEvent.end) return false;
    this.report(reader.traits);
    const isWanted = !this.isUnexpected;
    if (isWanted) this.conversation.completed(reader.bytes, reader.wireBytes, now);
    this.release();
    return isWanted;
  }

  /** There will be no more lines: what passed counts. Comes before the command is given up. */
  breakOff(): void {
    const reader = this.reader;
    if (reader === null) return;
    this.report(reader.traits);
    if (!this.isUnexpected) this.conversation.brokenOff(reader.bytes, reader.wireBytes);
    this.release();
  }

  private release(): void {
    const reader = this.reader;
    if (reader === null) return;
    this.reader = null;
    READERS.give(reader);
  }

  private take(endsInLf: bool, keepsHeads: bool): bool {
    const reader = READERS.take();
    if (reader === null) return false;
    reader.begin(endsInLf, keepsHeads);
    this.reader = reader;
    return true;
  }

  /** Kinds that count once per response. */
  private report(traits: u32): void {
    if (traits == 0) return;
    const reporter = this.reporter;
    if ((traits & MultilineTrait.nul) != 0) reporter.anomaly(Anomaly.nul);
    if ((traits & MultilineTrait.bareCr) != 0) reporter.anomaly(Anomaly.bare_cr);
    if ((traits & MultilineTrait.bareLf) != 0) reporter.anomaly(Anomaly.bare_lf_reply);
    if ((traits & MultilineTrait.ambiguous) != 0) reporter.anomaly(Anomaly.eod_ambiguous);
  }
}

/** Readers that all sessions of a VM share. */
const READERS = new Pool<MultilineReader>();
