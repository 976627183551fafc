import { TcpTalk, START, type WrittenSegment } from "./pcap.ts";
import type { Conversation } from "../../host/testing/conversation.ts";
import type { Transcript } from "../../host/testing/transcript.ts";

/** Ethernet's usual payload of a TCP segment. */
export const SEGMENT_BYTES = 1460;

/** What a transcript's conversations look like on the wire, one after the other. */
export function segmentsOf(transcript: Transcript): WrittenSegment[] {
  let time = START;
  return transcript.conversations.flatMap((conversation, index) => {
    const segments = segmentsOfConversation(conversation, { clientPort: 49152 + index, time });
    time = segments.at(-1)?.time ?? time;
    return segments;
  });
}

/** One conversation on the wire, from its handshake to its end. */
export function segmentsOfConversation(
  conversation: Conversation,
  ends: { readonly clientPort: number; readonly serverPort?: number; readonly time?: bigint },
): WrittenSegment[] {
  // Sequence numbers wrap around early.
  const talk = new TcpTalk({ ...ends, client: 0xfffffff0 });
  play(conversation, talk.handshake());
  return talk.segments;
}

function play({ steps }: Conversation, talk: TcpTalk): void {
  const ended = { client: false, server: false };
  for (const step of steps) {
    switch (step.kind) {
      case "wait":
        talk.wait(step.milliseconds);
        break;
      case "send":
        for (let at = 0; at < step.bytes.length; at += SEGMENT_BYTES) {
          talk[step.peer](step.bytes.subarray(at, at + SEGMENT_BYTES));
        }
        break;
      case "end":
        ended[step.peer] = true;
        talk.fin(step.peer);
        break;
      case "reset":
        talk.reset(step.peer);
        return;
    }
  }
  if (!ended.client) talk.fin("client");
  if (!ended.server) talk.fin("server");
}
