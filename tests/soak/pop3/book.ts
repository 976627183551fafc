import { Accounts } from "../../../demo/books.ts";
import { sameNamed, type Account } from "../../../demo/compare.ts";

const PREFIX = "maildropserver_";

/** What the POP3 server did, counted by itself. */
export class MaildropBook extends Accounts {
  readonly sessions = this.counter("sessions_total", "connections accepted");
  readonly active = this.gauge("sessions_active", "connections open now");
  readonly commands = this.counter("commands_total", "commands taken", ["verb"]);
  readonly replies = this.counter("replies_total", "replies sent, by what they answer", ["verb", "class"]);
  readonly retrievals = this.counter("retrievals_total", "RETR, by what came of it", ["outcome"]);
  readonly deletions = this.counter("deletions_started_total", "messages marked");
  readonly updated = this.counter("deletions_total", "marked messages, by what became of them", ["outcome"]);
  readonly results = this.counter("auth_results_total", "attempts to log in", ["result"]);

  /** RETR that were complete, for who does not want to ask the registry. */
  retrieved = 0;

  constructor() {
    super(PREFIX);
  }
}

const account = sameNamed("pop3", PREFIX, "server");

/** What the filter and the POP3 server both keep. */
export const POP3_ACCOUNTS: readonly Account[] = [
  account("sessions", "sessions_total"),
  account("open", "sessions_active"),
  account("commands", "commands_total", ["verb"]),
  account("replies", "replies_total", ["verb", "class"]),
  account("retrievals", "retrievals_total", ["outcome"]),
  account("marked", "deletions_started_total"),
  account("deletions", "deletions_total", ["outcome"]),
  account("logins", "auth_results_total", ["result"]),
];
