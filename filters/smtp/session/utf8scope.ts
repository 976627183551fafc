import { Command, Parameter } from "../wire/commands";
import { Verb } from "../wire/verbs";
import { Transaction } from "./transaction";

/** Whether the command at hand lies in an SMTPUTF8 transaction (RFC 6531 §3.4), in the order of the commands. */
@final
export class Smtputf8Scope {
  isOpen: bool = false;
  /** MAILs that were sent and not answered yet. */
  private owed: i32 = 0;

  begin(): void {
    this.isOpen = false;
    this.owed = 0;
  }

  commandSent(command: Command): void {
    switch (command.verb) {
      case Verb.mail:
        this.owed++;
        if ((command.parameters & Parameter.smtpUtf8) != 0) this.isOpen = true;
        return;
      case Verb.bdat:
        if (command.isLast) this.isOpen = false;
        return;
      case Verb.rset:
      case Verb.helo:
      case Verb.ehlo:
      case Verb.lhlo:
        this.isOpen = false;
        return;
      default:
    }
  }

  /** The end of the data was sent. */
  messageEnded(): void {
    this.isOpen = false;
  }

  /** A MAIL was answered: refused, it opened nothing after all. */
  mailAnswered(transaction: Transaction): void {
    if (--this.owed > 0 || !this.isOpen) return;
    this.isOpen = transaction.isOpen && (transaction.parameters & Parameter.smtpUtf8) != 0;
  }
}
