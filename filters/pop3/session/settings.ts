import { BufferPool } from "../../../assembly/bytes/buffer";
import { REPLY_LINE_BYTES } from "../wire/replies";

/** What all sessions of a configuration share: their caps and the buffers they borrow. */
@final
export class SessionSettings {
  /** Whether a PROXY protocol preamble is looked for. */
  allowsProxy: bool = true;

  readonly commandLines: BufferPool;
  readonly replyLines: BufferPool;
  readonly limbos: BufferPool;

  /**
   * `lineBytes`: octets of a command line that are kept; `pipeline`: replies that may be outstanding; `limboBytes`:
   * octets that may be put aside.
   */
  constructor(
    readonly lineBytes: i32,
    readonly pipeline: u32,
    limboBytes: i32,
  ) {
    // One octet more than is kept, so that a CR behind a line of full length can be told from text.
    this.commandLines = new BufferPool(lineBytes + 1);
    this.replyLines = new BufferPool(REPLY_LINE_BYTES + 1);
    this.limbos = new BufferPool(limboBytes);
  }

  /** Frees the buffers; no session may be open any more. */
  dispose(): void {
    this.commandLines.dispose();
    this.replyLines.dispose();
    this.limbos.dispose();
  }
}
