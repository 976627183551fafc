// The conversations of a protocol's transcripts, as a capture that any reader of captures can read.

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Conversation, Step } from "../../host/testing/conversation.ts";
import { readTranscript } from "../../host/testing/transcript.ts";
import { ROOT } from "../support/modules.ts";
import { packetsOf, type WrittenPacket } from "../support/pcap.ts";
import { segmentsOfConversation } from "../support/transcript-pcap.ts";

/** One connection of a capture. */
export interface Recorded {
  /** `row-2.2-lhlo`, or `row-2.2-lhlo#2` for the second connection of that transcript. */
  readonly name: string;
  readonly conversation: Conversation;
  readonly packets: readonly WrittenPacket[];
}

export interface Recording {
  /** By which readers of captures know the protocol. */
  readonly serverPort: number;
  /** What a conversation is cut into; as it is written by default. */
  readonly cut?: (step: Step) => readonly Step[];
}

/** No two connections share a client's port, so that each is a stream of its own. */
const FIRST_PORT = 10_000;

/** All connections of a protocol's transcripts, in the order of a capture of them. */
export function recorded(protocol: string, { serverPort, cut = (step) => [step] }: Recording): Recorded[] {
  const folder = join(ROOT, "tests", "transcripts", protocol);
  const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
  const named = files.sort().flatMap((file) => {
    const { conversations } = readTranscript(join(folder, file), protocol);
    const name = basename(file, ".md");
    return conversations.map(
      (conversation, i) => [conversations.length === 1 ? name : `${name}#${i + 1}`, conversation] as const,
    );
  });
  return named.map(([name, conversation], i) => {
    const played = { ...conversation, steps: conversation.steps.flatMap(cut) };
    const segments = segmentsOfConversation(played, { clientPort: FIRST_PORT + i, serverPort });
    return { name, conversation, packets: packetsOf(segments) };
  });
}

/** A client's lines one by one: some readers look at packets, not at streams. */
export function clientLines(step: Step): readonly Step[] {
  if (step.kind !== "send" || step.peer !== "client") return [step];
  const steps: Step[] = [];
  for (let start = 0; start < step.bytes.length;) {
    const end = step.bytes.indexOf(LF, start) + 1 || step.bytes.length;
    steps.push({ ...step, bytes: step.bytes.subarray(start, end) });
    start = end;
  }
  return steps;
}

const LF = 10;
