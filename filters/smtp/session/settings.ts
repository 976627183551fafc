import { BufferPool } from "../../../assembly/bytes/buffer";
import { REPLY_LINE_BYTES } from "../wire/replies";
import { Speaks } from "./hello";

/** What all sessions of a configuration share: their caps and the buffers they borrow. */
@final
export class SessionSettings {
  speaks: Speaks = Speaks.auto;
  /** Whether a PROXY protocol preamble is looked for. */
  allowsProxy: bool = true;
  /** `limits.line_bytes`: octets of a command line that are kept; longer lines are counted. */
  lineBytes: i32 = 2_048;
  /** `limits.pipeline`: replies that may be outstanding. */
  pipeline: u32 = 1_024;

  readonly commandLines: BufferPool;
  readonly replyLines: BufferPool;
  readonly limbos: BufferPool;

  /** `limboBytes`: `limits.limbo_bytes`, octets that may be put aside. */
  constructor(lineBytes: i32, pipeline: u32, limboBytes: i32) {
    this.lineBytes = lineBytes;
    this.pipeline = pipeline;
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
