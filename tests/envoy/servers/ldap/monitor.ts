/** slapd's own books, `cn=Monitor`, read on a connection of their own and without what reading them adds. */

import { vi } from "vitest";
import { bindRequest, element, equals, searchRequest } from "../../../../bench/ldap/messages.ts";
import { elementsIn, type Element } from "./elements.ts";
import { codeOf, LdapWire, type Answer } from "./client.ts";

/** What slapd counts of each kind of operation. */
export const KINDS = [
  ...["bind", "unbind", "search", "compare", "modify", "modrdn", "add", "delete", "abandon", "extended"],
] as const;
export type Kind = (typeof KINDS)[number];

/** Totals since the start; the monitor's own connection, searches and what they were answered are not among them. */
export interface MonitorBook {
  readonly initiated: Readonly<Record<Kind, number>>;
  readonly completed: Readonly<Record<Kind, number>>;
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  readonly entries: number;
  readonly pdu: number;
  readonly bytes: number;
  readonly referrals: number;
}

/** Reads them. */
export class Monitor {
  private readonly wire: LdapWire;
  private id = 1;
  /** What slapd has sent to us. */
  private readonly own = { entries: 0, pdu: 0, bytes: 0, searches: 0 };

  private constructor(wire: LdapWire) {
    this.wire = wire;
  }

  static async connect(port: number, name: string, password: string): Promise<Monitor> {
    const monitor = new Monitor(await LdapWire.connect(port));
    monitor.wire.send(bindRequest(1, name, password));
    const answer = await monitor.wire.answer();
    if (answer === undefined || codeOf(answer) !== 0) throw new Error("slapd does not let the monitor in");
    monitor.received(answer);
    return monitor;
  }

  /** As soon as nobody else is connected: slapd lets go of a connection when its operations are over. */
  async quiet(behind = "the start"): Promise<MonitorBook> {
    return vi.waitFor(
      async () => {
        const book = await this.read();
        if (book.open > 0) throw new Error(`behind ${behind} ${book.open} connections are open`);
        return book;
      },
      { timeout: 20_000, interval: 10 },
    );
  }

  /** The books as they are now. */
  async read(): Promise<MonitorBook> {
    const id = ++this.id;
    const base = { base: "cn=Monitor", scope: 2, filter: COUNTERS };
    this.wire.send(searchRequest(id, { ...base, attributes: [INITIATED, COMPLETED, COUNTER] }));
    const found = new Map<string, ReadonlyMap<string, number>>();
    // What each entry says is as of the moment when it was sent.
    const sentBefore = new Map<string, { entries: number; pdu: number; bytes: number }>();
    for (;;) {
      const answer = await this.wire.answer();
      if (answer === undefined) throw new Error("slapd has ended the monitor's connection");
      if (answer.tag === 0x64) {
        const name = answer.parts[0]?.value.toString("latin1").toLowerCase() ?? "";
        sentBefore.set(name, { ...this.own });
        found.set(name, attributesOf(answer));
      }
      this.received(answer);
      if (answer.tag === 0x65) break;
    }
    this.own.searches++;
    return this.book(found, (name) => sentBefore.get(name) ?? this.own);
  }

  /** Ends its connection. */
  leave(): void {
    this.wire.leave();
  }

  private received(answer: Answer): void {
    this.own.pdu++;
    this.own.bytes += answer.size;
    if (answer.tag === 0x64) this.own.entries++;
  }

  private book(
    found: ReadonlyMap<string, ReadonlyMap<string, number>>,
    own: (name: string) => { entries: number; pdu: number; bytes: number },
  ): MonitorBook {
    const value = (name: string, attribute: string): number => {
      const one = found.get(`${name},cn=monitor`)?.get(attribute.toLowerCase());
      if (one === undefined) throw new Error(`slapd says nothing of ${attribute} of ${name}`);
      return one;
    };
    const byKind = (attribute: string, more: Partial<Record<Kind, number>>): Record<Kind, number> =>
      Object.fromEntries(
        KINDS.map((kind) => [kind, value(`cn=${kind},cn=operations`, attribute) - (more[kind] ?? 0)]),
      ) as Record<Kind, number>;
    const sent = (name: "entries" | "pdu" | "bytes"): number =>
      value(`cn=${name},cn=statistics`, COUNTER) - own(`cn=${name},cn=statistics,cn=monitor`)[name];
    return {
      // The search at hand is initiated and not completed.
      initiated: byKind(INITIATED, { bind: 1, search: this.own.searches }),
      completed: byKind(COMPLETED, { bind: 1, search: this.own.searches - 1 }),
      connections: value("cn=total,cn=connections", COUNTER) - 1,
      open: value("cn=current,cn=connections", COUNTER) - 1,
      entries: sent("entries"),
      pdu: sent("pdu"),
      bytes: sent("bytes"),
      referrals: value("cn=referrals,cn=statistics", COUNTER),
    };
  }
}

const INITIATED = "monitorOpInitiated";
const COMPLETED = "monitorOpCompleted";
const COUNTER = "monitorCounter";

const COUNTERS = element(
  0xa1,
  equals("objectClass", "monitorOperation"),
  equals("objectClass", "monitorCounterObject"),
);

function attributesOf({ parts }: Answer): ReadonlyMap<string, number> {
  const list: Element[] = parts[1] === undefined ? [] : elementsIn(parts[1].value);
  return new Map(
    list.map(({ value }) => {
      const [name, values] = elementsIn(value);
      const [first] = values === undefined ? [] : elementsIn(values.value);
      return [name?.value.toString("latin1").toLowerCase() ?? "", Number(first?.value.toString("latin1"))];
    }),
  );
}

/** What slapd has counted between two looks. */
export function between(before: MonitorBook, after: MonitorBook): MonitorBook {
  const differences = (name: "initiated" | "completed"): Record<Kind, number> =>
    Object.fromEntries(KINDS.map((kind) => [kind, after[name][kind] - before[name][kind]])) as Record<
      Kind,
      number
    >;
  return {
    initiated: differences("initiated"),
    completed: differences("completed"),
    connections: after.connections - before.connections,
    open: after.open,
    entries: after.entries - before.entries,
    pdu: after.pdu - before.pdu,
    bytes: after.bytes - before.bytes,
    referrals: after.referrals - before.referrals,
  };
}
