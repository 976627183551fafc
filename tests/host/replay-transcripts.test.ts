// A transcript that is written as a capture counts the same as the transcript itself.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import type { MetricValues } from "../../host/testing/metrics.ts";
import { STATEMENTS } from "../support/invariants.ts";
import { ROOT, builtModule } from "../support/modules.ts";
import { packetsOf } from "../support/pcap.ts";
import { Stage, asWritten } from "../../host/testing/stage.ts";
import { replayPackets } from "../support/replayed.ts";
import { segmentsOf } from "../support/transcript-pcap.ts";
import { readTranscript, type Transcript } from "../../host/testing/transcript.ts";

const FOLDER = join(ROOT, "tests", "transcripts");

/** What a proxy knows, a capture does not: those transcripts are not for it. */
function needsProxy({ properties }: Transcript): boolean {
  return Object.values(properties).some((moment) => Object.keys(moment as object).length > 0);
}

function counted(values: MetricValues): Record<string, number> {
  return Object.fromEntries([...values].filter(([key, value]) => value !== 0 && !key.startsWith("filter_")));
}

describe.each(["smtp", "ldap", "pop3"])("%s as a capture", (protocol) => {
  const rootId = `heirloom.${protocol}`;
  let module: HostModule;
  beforeAll(async () => {
    module = await builtModule(protocol);
  });

  const transcripts = readdirSync(join(FOLDER, protocol))
    .filter((file) => file.endsWith(".md"))
    .map((file) => [file, readTranscript(join(FOLDER, protocol, file), protocol)] as const)
    .filter(([, transcript]) => !needsProxy(transcript));

  test.each(transcripts)("%s", (_, transcript) => {
    const { configuration } = transcript;
    const packets = packetsOf(segmentsOf(transcript));
    const { metrics } = replayPackets(module, packets, { rootId, configuration });
    const expected = new Stage(module, { rootId, configuration, invariants: STATEMENTS }).play(
      transcript,
      asWritten,
    );
    expect(counted(metrics)).toEqual(counted(expected));
  });
});
