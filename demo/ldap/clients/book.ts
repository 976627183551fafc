import { Accounts, type Book } from "../../books.ts";

/** What the names of the clients' own metrics start with. */
export const CLIENTS_PREFIX = "ldapclients_";

/** What clients know for sure and the server does not. */
export class ClientsBook extends Accounts implements Book {
  readonly operations = this.counter("operations_total", "operations given up", ["outcome"]);
  readonly anomalies = this.counter("anomalies_total", "what clients did on purpose", ["kind"]);

  constructor() {
    super(CLIENTS_PREFIX);
  }

  enter(): void {
    // It is always up to date.
  }
}
