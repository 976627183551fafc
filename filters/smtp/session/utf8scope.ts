import { Command, Parameter } from "../wire/commands";
import { Verb } from "../wire/verbs";
import { Expectation } from "./expectations";
import { Transaction } from "./transaction";

/** Whether the command at hand lies in an SMTPUTF8 transaction (RFC 6531 §3.4), in the order of the commands. */
@final
export class Smtputf8Scope {
  private isOpen: bool = false;
  /** MAILs that were sent and not answered yet. */
  private owed: i32 = 0;
  /** The MAIL that opened the scope, while it is not answered. */
  private opener: Expectation | null = null;
  /** Its place among the MAILs that are owed, from 1. */
  private openerPlace: i32 = 0;

  begin(): void {
    this.isOpen = false;
    this.owed = 0;
    this.opener = null;
  }

  commandSent(command: Command, sent: Expectation): void {
    switch (command.verb) {
      case Verb.mail:
        this.owed++;
        if ((command.parameters & Parameter.smtpUtf8) != 0) this.open(sent);
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

  /** Whether a line outside ASCII may be sent now; its MAIL keeps it in mind as long as that may be refused. */
  allowsEightBit(): bool {
    if (!this.isOpen) return false;
    const opener = this.opener;
    if (opener !== null) opener.eightBitLines++;
    return true;
  }

  /** The end of the data was sent. */
  messageEnded(): void {
    this.isOpen = false;
  }

  /** A MAIL was answered: refused, it opened nothing after all. */
  mailAnswered(transaction: Transaction): void {
    if (--this.openerPlace == 0) this.opener = null;
    if (--this.owed > 0 || !this.isOpen) return;
    this.isOpen = transaction.isOpen && (transaction.parameters & Parameter.smtpUtf8) != 0;
  }

  private open(mail: Expectation): void {
    this.isOpen = true;
    this.opener = mail;
    this.openerPlace = this.owed;
  }
}
