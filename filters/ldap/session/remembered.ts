import { Block } from "../../../assembly/bytes/block";
import { Pooled } from "../../../assembly/bytes/pool";
import { Unmatched } from "./observer";
import { WeighedPool } from "./weighed";

/** Message IDs that are remembered, at least (docs/ldap.md, rule 9). A bit of `fates` each. */
const REMEMBERED: i32 = 64;

/** Linear memory of the IDs. */
const REMEMBERED_BYTES: u64 = 288;

/** The last message IDs whose operations are over, and why: to tell what a message is that answers nothing. */
@final
export class Remembered extends Pooled {
  private readonly ids: ArrayBuffer = Block.allocate((<usize>REMEMBERED) << 2);
  /** A bit for each place: the operation was answered; otherwise abandoned, or dropped by a bind. */
  private fates: u64 = 0;
  /** Operations that ever ended here. */
  private ended: u32 = 0;

  clear(): void {
    this.ended = 0;
  }

  /** An operation was answered. */
  answered(id: u32): void {
    this.fates |= (<u64>1) << (<u64>this.enter(id));
  }

  /** An operation was abandoned, or dropped by a bind. */
  givenUp(id: u32): void {
    this.fates &= ~((<u64>1) << (<u64>this.enter(id)));
  }

  /** What a message is whose ID no operation has. */
  tell(id: u32): Unmatched {
    const start = Block.start(this.ids);
    const count = min(this.ended, <u32>REMEMBERED);
    for (let back: u32 = 1; back <= count; back++) {
      const place = (this.ended - back) & (<u32>(REMEMBERED - 1));
      if (load<u32>(start + ((<usize>place) << 2)) != id) continue;
      return ((this.fates >> (<u64>place)) & 1) != 0 ? Unmatched.duplicate : Unmatched.late;
    }
    return Unmatched.unmatched;
  }

  /** Takes the place of the oldest; returns it. */
  private enter(id: u32): u32 {
    const place = this.ended & (<u32>(REMEMBERED - 1));
    store<u32>(Block.start(this.ids) + ((<usize>place) << 2), id);
    this.ended++;
    return place;
  }
}

/** What sessions remember is theirs only once an operation of theirs has ended. */
export const REMEMBERED_POOL = new WeighedPool<Remembered>(REMEMBERED_BYTES);
