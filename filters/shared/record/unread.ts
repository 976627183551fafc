import { Host, Known, StreamInfo } from "../../../assembly";
import { Text } from "../../../assembly/bytes/text";
import { From } from "../session/peers";
import { RecordFrame } from "./frame";

/**
 * What the records of connections show that are not read. All of a configuration share one: where memory is spent there
 * is none for another. So nothing is kept of any of them, and at the end of each the proxy says what it knows.
 */
@final
export class UnreadFrame extends RecordFrame {
  passed(_from: From, _count: i32): void {}

  open(end: string | null): Text {
    this.startedAt = Host.clock.now() - elapsed();
    this.clientBytes = countOf(StreamInfo.bytesReceived());
    this.serverBytes = countOf(StreamInfo.bytesSent());
    return super.open(end);
  }
}

/** How long the connection at hand has lasted, in nanoseconds; 0 where the calendar was set back. */
function elapsed(): u64 {
  const start = StreamInfo.startTime();
  const now = Host.clock.wall();
  return start === null || start.value > now ? 0 : now - start.value;
}

function countOf(known: Known<u64> | null): u64 {
  return known === null ? 0 : known.value;
}
