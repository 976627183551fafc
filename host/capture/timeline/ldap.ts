import type { CapturePeer } from "../connection.ts";
import { plural } from "../words.ts";
import type { Change } from "./changes.ts";
import { LdapTexts } from "./ldap-texts.ts";
import { LdapUnits, type CutMessage } from "./ldap-units.ts";
import { entriesOf, firstEntryIn, outcomesOf } from "./ldap-words.ts";
import { grown, sized } from "./phrases.ts";
import type { Reading, Remark } from "./reading.ts";
import { UnreadBytes } from "./unread.ts";

/** Entries of one search that came in a row. */
interface Entries {
  readonly id: number;
  readonly first: string | undefined;
  count: number;
  bytes: number;
}

/**
 * LDAP for display. Where a message ends is told by its length, what it was by the filter's counting; its names and
 * filters are shown, entries of a search as their number and size, passwords and values never.
 */
export class LdapReading implements Reading {
  private isOpaque = false;
  private readonly units: Record<CapturePeer, LdapUnits> = {
    client: new LdapUnits(),
    server: new LdapUnits(),
  };
  private readonly texts = new LdapTexts();
  private readonly unread = new UnreadBytes();
  /** Counted while a unit was still incomplete. */
  private readonly untold: Record<CapturePeer, Change[]> = { client: [], server: [] };
  private entries: Entries | undefined;
  /** They came before what is told now. */
  private hasWaited = false;

  next(from: CapturePeer, bytes: Uint8Array): number {
    return this.isOpaque ? bytes.length : this.units[from].next(bytes);
  }

  took(from: CapturePeer, bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    const remarks = this.isOpaque
      ? this.ignored(from, bytes.length, changes)
      : this.read(from, bytes, changes);
    this.hasWaited = this.entries !== undefined;
    return remarks;
  }

  private read(from: CapturePeer, bytes: Uint8Array, changes: readonly Change[]): Remark[] {
    const units = this.units[from];
    const messages = units.take(bytes);
    this.untold[from].push(...changes);
    if (grown(changes, "opaque_connections_total") > 0) {
      this.isOpaque = true;
      return this.told(from, sized("", bytes.length), this.untold[from].splice(0));
    }
    if (messages === undefined) return [];
    const all = this.untold[from].splice(0);
    if (messages.length === 0) return this.told(from, sized("", bytes.length), all);
    return messages.flatMap((message, i) =>
      this.message(from, message, i + 1 === messages.length ? all : []),
    );
  }

  lost(from: CapturePeer, count: number, changes: readonly Change[]): Remark[] {
    if (this.isOpaque) return this.ignored(from, count, changes);
    if (grown(changes, "opaque_connections_total") > 0) this.isOpaque = true;
    else this.units[from].skip(count);
    return this.told(from, `(${plural(count, "byte")} not captured)`, changes);
  }

  happened(from: CapturePeer | undefined, what: string, changes: readonly Change[]): Remark[] {
    if (grown(changes, "opaque_connections_total") > 0) this.isOpaque = true;
    const sides = from === undefined ? (["client", "server"] as const) : [from];
    const before = [
      ...this.settle(),
      ...this.unread.settle(),
      ...sides.flatMap((side) => this.unfinished(side)),
    ];
    return [...before, { from, text: `(${what})`, outcome: outcomesOf(changes) }];
  }

  finish(): Remark[] {
    return [
      ...this.settle(),
      ...this.unread.settle(),
      ...this.unfinished("client"),
      ...this.unfinished("server"),
    ];
  }

  private message(from: CapturePeer, { head, size }: CutMessage, changes: readonly Change[]): Remark[] {
    const { id, isEntry, text } = this.texts.read(head);
    const outcome = outcomesOf(changes);
    if (!isEntry || outcome.length > 0) return [...this.settle(), { from, text, outcome }];
    if (this.entries?.id === id) {
      this.entries.count++;
      this.entries.bytes += size;
      return [];
    }
    const before = this.settle();
    this.entries = { id, first: firstEntryIn(changes), count: 1, bytes: size };
    return before;
  }

  private told(from: CapturePeer, text: string, changes: readonly Change[]): Remark[] {
    return [...this.settle(), { from, text, outcome: outcomesOf(changes) }];
  }

  private ignored(from: CapturePeer, bytes: number, changes: readonly Change[]): Remark[] {
    const outcome = outcomesOf(changes);
    this.unread.add(from, bytes);
    return [...this.settle(), ...(outcome.length === 0 ? [] : this.unread.settle(outcome))];
  }

  /** A message that never ended. */
  private unfinished(from: CapturePeer): Remark[] {
    const changes = this.untold[from].splice(0);
    const bytes = this.units[from].unfinished;
    if (bytes === 0 || this.isOpaque) return [];
    this.units[from] = new LdapUnits();
    return [
      { from, text: sized("unfinished message, ", bytes), outcome: outcomesOf(changes), isEarlier: true },
    ];
  }

  /** The line for entries. */
  private settle(): Remark[] {
    const { entries } = this;
    this.entries = undefined;
    if (entries === undefined) return [];
    const text = `#${entries.id} (${entriesOf(entries.count, entries.bytes)})`;
    const outcome = entries.first === undefined ? [] : [`first after ${entries.first}`];
    const isEarlier = this.hasWaited;
    this.hasWaited = false;
    return [{ from: "server", text, outcome, isEarlier }];
  }
}
