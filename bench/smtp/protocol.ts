/** SMTP: messages from smtp-source to smtp-sink. */

import { anyPort } from "../../host/envoy/ports.ts";
import { findPostfix, MISSING_POSTFIX, runSource, startSink, type PostfixTools } from "../postfix.ts";
import {
  alternately,
  levelsOf,
  segmented,
  type Duty,
  type Exchange,
  type Load,
  type Protocol,
} from "../protocol.ts";

// As many sessions at a time keep Envoy's one worker busy without making the kernel's queues the subject.
const PARALLEL = 16;

const MODULE = "build/smtp.wasm";

/** At most that much more CPU than the module that only fetches the bytes. */
const CPU_LIMIT = 1.12;

/** A message on a kept connection: 2 readings for each of four replies, 9 samples. */
const DUTY: Duty = {
  chunks: 4,
  clientClocks: 0,
  clientSamples: 0,
  serverClocks: 8,
  serverSamples: 9,
  fetched: 0,
};

/** The numbers of messages give each slice about a fifth of a second of Envoy's CPU. */
const LOADS: readonly Load[] = [
  load("1 kB, kept connection", 2_500, 1_000, "kept", CPU_LIMIT),
  load("100 kB, kept connection", 1_000, 100_000, "kept", CPU_LIMIT),
  load("1 kB, new connection each", 800, 1_000, "perMessage"),
];

export const SMTP: Protocol = {
  name: "smtp",
  title: "SMTP",
  module: MODULE,
  filters: levelsOf("smtp", MODULE),
  duty: DUTY,
  unit: "message",
  hostUnit: "message",
  loads: LOADS,
  exchanges: [exchange("1 kB messages", 1_000), exchange("100 kB messages", 100_000)],
  opening: alternately("", "220 mx.example ESMTP\r\n", "HELO client.example\r\n", "250 mx.example\r\n").slice(
    1,
  ),
  promises: { variant: "smtp standard", moduleBytes: 40 * 1024, idleBytes: 1.5 * 1024 },
  requirePrograms: () => void tools(),
  startServer: async () => startSink(tools(), await anyPort()),
};

function load(
  name: string,
  units: number,
  bytes: number,
  connections: "kept" | "perMessage",
  limit?: number,
): Load {
  return {
    name,
    units,
    limit,
    send: async (port, messages) => {
      const options = { port, messages, bytes, connections, parallel: PARALLEL };
      const { code, errors } = await runSource(tools(), options);
      if (code !== 0) throw new Error(`smtp-source failed: ${errors.trim()}`);
    },
  };
}

function tools(): PostfixTools {
  const found = findPostfix();
  if (found === undefined) throw new Error(MISSING_POSTFIX);
  return found;
}

/** One message, command by command as smtp-source sends it. */
function exchange(name: string, bytes: number): Exchange {
  const body = `${"x".repeat(78)}\r\n`.repeat(Math.ceil(bytes / 80)).slice(0, bytes);
  return {
    name,
    units: 1,
    steps: [
      ...alternately("MAIL FROM:<sender@client.example>\r\n", "250 2.1.0 Ok\r\n"),
      ...alternately("RCPT TO:<recipient@server.example>\r\n", "250 2.1.5 Ok\r\n"),
      ...alternately("DATA\r\n", "354 End data with <CR><LF>.<CR><LF>\r\n"),
      ...segmented("client", Buffer.from(`Subject: benchmark\r\n\r\n${body}\r\n.\r\n`, "latin1")),
      ...alternately("", "250 2.0.0 Ok\r\n").slice(1),
    ],
  };
}
