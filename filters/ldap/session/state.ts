import { Anomaly } from "../wire/anomalies";
import { Conversation } from "./conversation";
import { Cap, LdapObserver, OpaqueCause } from "./observer";
import { Reporter } from "./reporter";
import { SessionSettings } from "./settings";
import { Surroundings } from "../../shared/session/surroundings";

/** What the two sides of a session share. */
@final
export class SessionState {
  readonly reporter: Reporter;
  readonly conversation: Conversation;

  isOpaque: bool = false;
  /** A complete LDAPMessage was read, of whichever peer. */
  hasSpoken: bool = false;

  constructor(
    readonly observer: LdapObserver,
    surroundings: Surroundings,
    readonly settings: SessionSettings,
  ) {
    const reporter = new Reporter(observer, surroundings);
    this.reporter = reporter;
    this.conversation = new Conversation(reporter, settings.operations);
  }

  begin(): void {
    this.isOpaque = false;
    this.hasSpoken = false;
    this.reporter.begin();
    this.conversation.begin();
    this.observer.connectionStarted();
  }

  /** From here on the connection is passed unread. */
  goOpaque(cause: OpaqueCause): void {
    if (this.isOpaque) return;
    this.isOpaque = true;
    this.conversation.outstanding.endAll();
    this.observer.becameOpaque(cause);
  }

  /** Where the next message begins is unknown (rule 2). */
  lose(fault: Anomaly): void {
    this.reporter.anomaly(fault);
    this.goOpaque(this.hasSpoken ? OpaqueCause.desync : OpaqueCause.not_ldap);
  }

  /** The memory budget is spent: reading can't go on. */
  starve(): void {
    this.observer.limitReached(Cap.memory);
    this.goOpaque(OpaqueCause.limit);
  }
}
