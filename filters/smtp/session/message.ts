import { Parameter } from "../wire/commands";
import { Verb } from "../wire/verbs";
import { Expectation } from "./expectations";
import { Transaction } from "./transaction";

/** How a message is sent (label `mode`, docs/smtp.md). */
export const enum MessageMode {
  data,
  bdat,
  burl,
}

/** What is known of a message at its end of data. Reused within its session. */
@final
export class Message {
  mode: MessageMode = MessageMode.data;
  /** Octets: unstuffed, without the dot line; of BDAT the octets of its chunks; of BURL 0, as they are not seen. */
  bytes: u64 = 0;
  /** Octets on the wire, with stuffing and dot line. */
  wireBytes: u64 = 0;
  /** BDAT or BURL commands. */
  chunks: u32 = 0;
  /** SIZE= of its MAIL, where there was one. */
  declaredBytes: u64 = 0;
  isDeclared: bool = false;

  /** Takes over what is known when the end of data is due: of it, and of the open transaction if there is one. */
  describe(end: Expectation, transaction: Transaction): void {
    if (end.verb == Verb.eod) {
      this.mode = MessageMode.data;
      this.bytes = end.size;
      this.wireBytes = end.wireSize;
      this.chunks = 0;
    } else {
      this.mode = end.verb == Verb.bdat ? MessageMode.bdat : MessageMode.burl;
      this.bytes = transaction.chunkBytes + end.size;
      this.wireBytes = this.bytes;
      this.chunks = transaction.chunks + 1;
    }
    this.isDeclared = transaction.isOpen && (transaction.parameters & Parameter.size) != 0;
    this.declaredBytes = transaction.declaredBytes;
  }
}
