// A transcript that is written as a capture counts the same as the transcript itself.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { CaptureClock, CaptureReplay } from "../../host/capture/replay.ts";
import { ConnectionTracker } from "../../host/capture/tracker.ts";
import { Vm, type HostModule } from "../../host/index.ts";
import { InvariantChecker } from "../support/invariants.ts";
import { canonicalMetricsOf, type MetricValues } from "../support/metrics.ts";
import { ROOT, builtModule } from "../support/modules.ts";
import { packetsOf, type WrittenPacket } from "../support/pcap.ts";
import { Stage, asWritten } from "../support/replay.ts";
import { segmentsOf } from "../support/transcript-pcap.ts";
import { readTranscript, type Transcript } from "../support/transcript.ts";

const FOLDER = join(ROOT, "tests", "transcripts", "smtp");
const ROOT_ID = "heirloom.smtp";

let module: HostModule;

beforeAll(async () => {
  module = await builtModule("smtp");
});

/** What a proxy knows, a capture does not: those transcripts are not for it. */
function needsProxy({ properties }: Transcript): boolean {
  return Object.values(properties).some((moment) => Object.keys(moment as object).length > 0);
}

function replayed(packets: readonly WrittenPacket[], configuration?: string): MetricValues {
  const clock = new CaptureClock();
  const vm = new Vm(module, { clock, misuse: "throw" });
  const replay = new CaptureReplay(vm, vm.startPlugin({ rootId: ROOT_ID, configuration }), clock);
  const tracker = new ConnectionTracker({ open: (connection) => replay.open(connection) });
  for (const { time, bytes } of packets) {
    const [seconds, nanoseconds] = [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)];
    tracker.accept({ link: 1, bytes, wireLength: bytes.length, seconds, nanoseconds });
  }
  tracker.finish();
  replay.flush();
  expect(vm.failure).toBeUndefined();
  expect(new InvariantChecker(vm.stats).violations("closed")).toEqual([]);
  return canonicalMetricsOf(vm);
}

function counted(values: MetricValues): Record<string, number> {
  return Object.fromEntries([...values].filter(([key, value]) => value !== 0 && !key.startsWith("filter_")));
}

describe("as a capture", () => {
  const transcripts = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".md"))
    .map((file) => [file, readTranscript(join(FOLDER, file), "smtp")] as const)
    .filter(([, transcript]) => !needsProxy(transcript));

  test.each(transcripts)("%s", (_, transcript) => {
    const segments = segmentsOf(transcript);
    const expected = counted(
      new Stage(module, ROOT_ID, transcript.configuration).play(transcript, asWritten),
    );
    expect(counted(replayed(packetsOf(segments), transcript.configuration))).toEqual(expected);
  });
});
