/** swaks, the mail administrator's own client. */

import { runInside } from "./installed.ts";

/** Runs it against a port of 127.0.0.1; returns what it showed. */
export async function swaks(port: number, options: readonly string[]): Promise<string> {
  const usual = ["--server", "127.0.0.1", "--port", String(port), "--helo", "client.example"];
  const { output } = await runInside("swaks", ["/usr/bin/perl", "/usr/bin/swaks", ...usual, ...options]);
  return output;
}
