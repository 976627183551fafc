/** How a message is sent (label `mode`, metrics.md). */
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
}
