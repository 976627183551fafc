import type { CapturePeer } from "../connection.ts";
import { formatCount, plural } from "../words.ts";
import type { Remark } from "./reading.ts";

/** What passes unread, told in one line however long it goes on. */
export class UnreadBytes {
  private readonly counts = { client: 0, server: 0 };

  add(from: CapturePeer, bytes: number): void {
    this.counts[from] += bytes;
  }

  /** The line, if anything passed since the last one. */
  settle(outcome: readonly string[] = []): Remark[] {
    const { client, server } = this.counts;
    if (client + server === 0) return [];
    this.counts.client = 0;
    this.counts.server = 0;
    const text = `(${plural(client, "byte")} from the client, ${formatCount(server)} from the server)`;
    return [{ from: undefined, text, outcome, isEarlier: outcome.length === 0 }];
  }
}
