import { Block } from "../../../assembly/bytes/block";
import { Text } from "../../../assembly/bytes/text";
import { OUTCOMES } from "../labels";
import { Outcome } from "../session/observer";
import { OPERATIONS } from "../wire/operations";
import { RESULT_CLASSES } from "../wire/results";
import { writeKey } from "../../shared/record/json";

/** What can become of an operation: a class of result, or an end without one. */
const COLUMNS: i32 = 15;

/** Columns of the classes; behind them those of `Outcome`. */
const CLASSES: i32 = 9;

/** Octets that one operation takes at most, with numbers of ten digits, and what ends the record. */
const MAX_OPERATION_BYTES: i32 = 512;

const OPEN: u8 = 0x7b;
const CLOSE: u8 = 0x7d;

/** Operations of a connection by kind and by what became of them. */
@final
export class OperationBook {
  private readonly counts: ArrayBuffer = Block.allocate((<usize>(OPERATIONS.length * COLUMNS)) << 2);

  clear(): void {
    memory.fill(Block.start(this.counts), 0, (<usize>(OPERATIONS.length * COLUMNS)) << 2);
  }

  /** A final response of this class answered it. */
  answered(op: i32, resultClass: i32): void {
    this.add(op, resultClass);
  }

  /** It ended; answered ones are counted by their class. */
  ended(op: i32, outcome: Outcome): void {
    if (outcome != Outcome.answered && outcome != Outcome.canceled) this.add(op, CLASSES + outcome);
  }

  /** `{"bind":{"success":1},"search":{"success":3,"limit":1,"abandoned":1}}`, as far as there is room. */
  write(text: Text): void {
    text.byte(OPEN);
    for (let op = 0; op < OPERATIONS.length; op++) {
      if (!this.isUsed(op) || text.capacity - text.length < MAX_OPERATION_BYTES) continue;
      this.writeOperation(text, op);
    }
    text.byte(CLOSE);
  }

  private writeOperation(text: Text, op: i32): void {
    writeKey(text, unchecked(OPERATIONS[op])).byte(OPEN);
    for (let column = 0; column < COLUMNS; column++) {
      const count = load<u32>(this.place(op, column));
      if (count == 0) continue;
      const isClass = column < CLASSES;
      writeKey(text, isClass ? unchecked(RESULT_CLASSES[column]) : unchecked(OUTCOMES[column - CLASSES]));
      text.unsigned(count);
    }
    text.byte(CLOSE);
  }

  private isUsed(op: i32): bool {
    for (let column = 0; column < COLUMNS; column++) if (load<u32>(this.place(op, column)) != 0) return true;
    return false;
  }

  private add(op: i32, column: i32): void {
    const place = this.place(op, column);
    store<u32>(place, load<u32>(place) + 1);
  }

  private place(op: i32, column: i32): usize {
    return Block.start(this.counts) + ((<usize>(op * COLUMNS + column)) << 2);
  }
}
