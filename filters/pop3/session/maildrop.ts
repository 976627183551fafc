import { Status } from "../wire/replies";
import { Deletion, Outcome } from "./observer";
import { Reporter } from "./reporter";

/** What became of the messages of a maildrop: those that were retrieved, and those marked to be deleted (RFC 1939 §5, §6). */
@final
export class MaildropUse {
  /** Messages that passed whole. */
  retrieved: u32 = 0;
  /** Marked, and neither gone nor kept. */
  private marked: u32 = 0;
  /** The answer to QUIT; `none` without one. */
  private update: Status = Status.none;

  constructor(private readonly reporter: Reporter) {}

  begin(): void {
    this.retrieved = 0;
    this.marked = 0;
    this.update = Status.none;
  }

  /** DELE was answered +OK. */
  mark(): void {
    this.marked++;
    this.reporter.observer.deletionStarted();
  }

  /** RSET was answered +OK. */
  reset(): void {
    this.end(Deletion.reset);
  }

  /** QUIT was answered. */
  quit(status: Status): void {
    this.update = status;
    this.end(status == Status.ok ? Deletion.committed : Deletion.incomplete);
  }

  /** The session ends or becomes opaque. `isKnown`: nobody sent QUIT, and all was read. */
  abandon(isKnown: bool): void {
    this.end(isKnown ? Deletion.dropped : Deletion.unknown);
  }

  /** What a session came to whose client was let in. */
  get outcome(): Outcome {
    if (this.update == Status.ok) return Outcome.updated;
    return this.update == Status.none ? Outcome.unfinished : Outcome.incomplete;
  }

  private end(deletion: Deletion): void {
    if (this.marked == 0) return;
    this.reporter.observer.deletionsEnded(deletion, this.marked);
    this.marked = 0;
  }
}
