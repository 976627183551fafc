import { Buffer, BufferPool } from "../../../assembly/bytes/buffer";
import { Pooled } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";
import { Identifier, MAX_IDENTITY_BYTES } from "../../shared/record/identities";

/** Addresses that wait for the reply to their MAIL or RCPT; behind so many the next ones are not shown. */
const MAX_WAITING: i32 = 64;

/** The addresses of MAIL and RCPT commands until they are answered, in order; of those beyond the cap only the number. */
@final
export class AddressQueue {
  private readonly pool: BufferPool;
  private head: Buffer | null = null;
  private tail: Buffer | null = null;
  private length: i32 = 0;
  /** Addresses behind the last one in the queue that are not in it. */
  private skipped: i32 = 0;
  private readonly answered: Slice = new Slice();
  private readonly kept: Buffer = new Buffer(MAX_IDENTITY_BYTES);

  constructor(
    private readonly identifier: Identifier,
    pool: BufferPool,
  ) {
    this.pool = pool;
  }

  /** A MAIL or RCPT with this address was sent. */
  push(address: Slice): void {
    const fresh = this.skipped == 0 && this.length < MAX_WAITING ? this.pool.take() : null;
    if (fresh === null) {
      this.skipped++;
      return;
    }
    this.identifier.show(address, fresh);
    const tail = this.tail;
    if (tail === null) this.head = fresh;
    else tail.nextFree = changetype<Pooled>(fresh);
    this.tail = fresh;
    this.length++;
  }

  /** The oldest was answered: what is shown of its address, valid until the next call; empty where it was not kept. */
  shift(): Slice {
    const head = this.head;
    if (head === null) {
      if (this.skipped > 0) this.skipped--;
      return this.answered.set(0, 0);
    }
    this.kept.length = 0;
    this.kept.append(this.answered.set(head.pointer, head.length));
    this.drop(head);
    return this.answered.set(this.kept.pointer, this.kept.length);
  }

  /** Forgets all. */
  clear(): void {
    for (let head = this.head; head !== null; head = this.head) this.drop(head);
    this.skipped = 0;
  }

  private drop(head: Buffer): void {
    this.head = changetype<Buffer | null>(head.nextFree);
    if (this.head === null) this.tail = null;
    this.length--;
    this.pool.give(head);
  }
}
