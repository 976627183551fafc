import { Mechanism, sendsPassword } from "../../shared/wire/mechanisms";
import { ReplyClass } from "../wire/replies";
import { AuthResult } from "./observer";
import { Reporter } from "./reporter";

/** One AUTH exchange at a time (RFC 4954): one attempt and one result for each AUTH command (rule 27). */
@final
export class AuthExchange {
  mechanism: Mechanism = Mechanism.other;
  /** An attempt has no result yet. */
  isOpen: bool = false;
  /** 235 was seen in this session. */
  hasSucceeded: bool = false;
  private isCancelled: bool = false;

  constructor(private readonly reporter: Reporter) {}

  begin(): void {
    this.isOpen = false;
    this.hasSucceeded = false;
  }

  attempt(mechanism: Mechanism): void {
    this.mechanism = mechanism;
    this.isOpen = true;
    this.isCancelled = false;
    this.reporter.observer.authAttempted(mechanism);
    if (sendsPassword(mechanism) && this.reporter.isInClear) this.reporter.observer.authInClear();
  }

  /** The client sent `*`. */
  cancel(): void {
    this.isCancelled = true;
  }

  /** A reply within the exchange; 3xx goes on, everything else is the result. */
  answered(replyClass: ReplyClass): void {
    if (!this.isOpen || replyClass == ReplyClass.intermediate) return;
    if (replyClass == ReplyClass.success) {
      this.hasSucceeded = true;
      this.end(AuthResult.success);
    } else if (this.isCancelled) {
      this.end(AuthResult.cancelled);
    } else {
      this.end(replyClass == ReplyClass.transient ? AuthResult.temporary : AuthResult.failure);
    }
  }

  /** The session ends or becomes opaque. */
  abandon(): void {
    if (this.isOpen) this.end(this.isCancelled ? AuthResult.cancelled : AuthResult.aborted);
  }

  private end(result: AuthResult): void {
    this.isOpen = false;
    this.reporter.observer.authEnded(this.mechanism, result);
  }
}
