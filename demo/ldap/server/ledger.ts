import type { ByteCounts } from "../../bytes.ts";
import type { Receipts } from "../../receipts.ts";
import { bindResult, classOf, codeWords, controlName, extendedName, STARTTLS } from "../codes.ts";
import type { BindRequest, ExtendedRequest, Message, SearchRequest } from "../ldapjs.ts";
import type { DirectoryBook } from "./book.ts";
import { SCOPES, shapeOf, traitsOf } from "./shape.ts";

/** Requests by the tag of their operation (RFC 4511 §4.2–§4.12), as labels. */
const OPERATIONS: Readonly<Record<number, string>> = {
  0x60: "bind",
  0x42: "unbind",
  0x63: "search",
  0x66: "modify",
  0x68: "add",
  0x4a: "delete",
  0x6c: "moddn",
  0x6e: "compare",
  0x50: "abandon",
  0x77: "extended",
};

const ENTRY = 0x64;
const REFERENCE = 0x73;

/** A request that has no final response yet. */
interface Pending {
  readonly op: string;
  readonly isStartTls: boolean;
  /** What it is about: an entry, or the extended operation. */
  readonly subject: string;
  entries: number;
}

/**
 * One connection in the server's book, written from what ldapjs reads and writes: the requests it decoded, and the
 * responses that it encoded.
 */
export class Ledger {
  private readonly book: DirectoryBook;
  private readonly receipts: Receipts;
  private readonly bytes: () => ByteCounts;
  private entered: ByteCounts = { client: 0, server: 0 };
  /** By message ID, oldest first. */
  private readonly pending = new Map<number, Pending>();
  /** Bound to be answered, if at all, too late. */
  private readonly givenUp = new Set<number>();
  private hasSpoken = false;
  private isUnbound = false;
  private isUnreadable = false;

  constructor(book: DirectoryBook, receipts: Receipts, bytes: () => ByteCounts) {
    this.book = book;
    this.receipts = receipts;
    this.bytes = bytes;
    book.connections.inc();
    book.active.inc();
  }

  /** The server read a request. */
  request(message: Message): void {
    const op = OPERATIONS[message.protocolOp] ?? "unknown";
    this.hasSpoken = true;
    this.count(message, "client");
    this.book.requests.inc({ op });
    switch (op) {
      case "abandon":
        return this.abandon(message.abandonId ?? 0);
      case "unbind":
        this.isUnbound = true;
        return;
      case "bind":
        this.describeBind(message as BindRequest);
        break;
      case "search":
        this.describeSearch(message as SearchRequest);
        break;
      case "extended":
        this.describeExtended(message as ExtendedRequest);
    }
    const isStartTls = op === "extended" && (message as ExtendedRequest).requestName === STARTTLS;
    this.pending.set(message.messageId, { op, isStartTls, subject: subjectOf(message), entries: 0 });
    this.book.operationsActive.inc();
  }

  /** The server sent a message. */
  sent(message: Message): void {
    this.count(message, "server");
    if (message.protocolOp === ENTRY) this.book.entries.inc();
    if (message.protocolOp === REFERENCE) this.book.references.inc();
    if (message.protocolOp === REFERENCE) this.book.referrals.inc({ kind: "continuation" });
    const pending = this.pending.get(message.messageId);
    if (!pending) return this.givenUp.has(message.messageId) ? this.book.late.inc() : undefined;
    if (message.protocolOp === ENTRY) pending.entries += 1;
    else if (message.protocolOp !== REFERENCE) this.answer(message, pending);
  }

  /** The server could not make anything of what came. */
  unreadable(): void {
    // What it had read before stays read; so does what the filter had.
    if (this.hasSpoken) return;
    this.isUnreadable = true;
    this.book.unreadable.inc();
  }

  /** Enters the bytes since the last time: of connections that are still open, too, the book is to be true. */
  enterBytes(): void {
    if (this.isUnreadable) return;
    const now = this.bytes();
    this.book.clearBytes.inc({ from: "client" }, now.client - this.entered.client);
    this.book.clearBytes.inc({ from: "server" }, now.server - this.entered.server);
    this.entered = now;
  }

  /** The connection is gone. */
  closed(): void {
    for (const id of this.pending.keys()) this.drop(id, "unanswered");
    this.enterBytes();
    this.book.active.dec();
    this.book.connectionEnds.inc({ reason: this.reason() });
  }

  private reason(): string {
    if (this.isUnbound) return "unbind";
    if (this.isUnreadable) return "server_close";
    return this.bytes().client + this.bytes().server === 0 ? "empty" : "client_close";
  }

  private count({ controls }: Message, from: "client" | "server"): void {
    this.book.messages.inc({ from });
    for (const { type } of controls) this.book.controls.inc({ control: controlName(type), from });
  }

  private describeBind({ name, credentials }: BindRequest): void {
    const method = credentials !== "" ? "simple" : name.length === 0 ? "anonymous" : "unauthenticated";
    this.book.binds.inc({ method });
    if (method === "simple") this.book.cleartextBinds.inc({ method });
  }

  private describeSearch(request: SearchRequest): void {
    this.book.searches.inc({ scope: SCOPES[request.scope] ?? "other" });
    this.book.filters.inc({ shape: shapeOf(request.filter) });
    for (const trait of traitsOf(request)) this.book.traits.inc({ trait });
  }

  private describeExtended({ requestName }: ExtendedRequest): void {
    this.book.extended.inc({ name: extendedName(requestName) });
    if (requestName === STARTTLS) this.book.startTls.inc({ event: "requested" });
  }

  private abandon(id: number): void {
    const pending = this.pending.get(id);
    // A bind and StartTLS cannot be given up (RFC 4511 §4.11).
    if (!pending || pending.op === "bind" || pending.isStartTls) return;
    this.drop(id, "abandoned");
    this.givenUp.add(id);
  }

  private answer({ messageId, status = 0, referrals = [] }: Message, pending: Pending): void {
    const { op, isStartTls, subject, entries } = pending;
    this.receipts.enter({
      what: op,
      subject,
      outcome: codeWords(status),
      isGood: ["success", "referral"].includes(classOf(status)),
      amount: op === "search" ? `${entries} ${entries === 1 ? "entry" : "entries"}` : "",
    });
    if (op === "bind") this.endBind(messageId, status);
    this.drop(messageId, "answered");
    this.book.responses.inc({ op, class: classOf(status) });
    this.book.resultCodes.inc({ code: String(status) });
    if (referrals.length > 0) this.book.referrals.inc({ kind: "final" });
    if (op === "search") this.book.entriesPerSearch.observe(entries);
    if (isStartTls) this.book.startTls.inc({ event: status === 0 ? "accepted" : "refused" });
  }

  /** A bind is the end of all that was asked before it (RFC 4511 §4.2.1). */
  private endBind(bind: number, status: number): void {
    this.book.bindResults.inc({ result: bindResult(status) });
    for (const [id, { op }] of this.pending) {
      if (id === bind) return;
      if (op === "bind") continue;
      this.drop(id, "dropped_by_bind");
      this.givenUp.add(id);
    }
  }

  private drop(id: number, outcome: string): void {
    this.pending.delete(id);
    this.book.operationsActive.dec();
    this.book.operations.inc({ outcome });
  }
}

/** Names only: neither values nor credentials. */
function subjectOf(message: Message): string {
  const { requestName, dn } = message as Partial<ExtendedRequest>;
  if (requestName !== undefined) return extendedName(requestName);
  const name = String(dn ?? "");
  return name === "" ? "(root)" : name;
}
