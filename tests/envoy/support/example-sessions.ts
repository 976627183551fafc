/** Types what docs/examples.md says, and looks at what comes. */

import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { Session } from "../../../demo/examples/section.ts";
import type { Address } from "../../../host/envoy/address.ts";

/** Plays a session: resolves, when the connection is over, with all lines that came back. */
export async function playSession(session: Session, address: Address): Promise<string[]> {
  const socket = connect({ ...address, localAddress: session.from, allowHalfOpen: true });
  socket.on("error", () => undefined); // a reset is an end, too
  const closed = once(socket, "close");
  const lines: string[] = [];
  const input = createInterface({ input: socket });
  let arrived = (): void => undefined;
  input.on("line", (line) => {
    lines.push(line);
    arrived();
  });
  input.on("close", () => {
    arrived();
  });
  let isOver = false;
  socket.on("end", () => {
    isOver = true;
    arrived();
  });
  let awaited = 0;
  for (const step of session.steps) {
    if (step.kind === "typed") socket.write(`${step.line}\n`);
    else awaited++;
    while (lines.length < awaited && !isOver) await new Promise<void>((resolve) => (arrived = resolve));
  }
  while (session.isClosed && !isOver) await new Promise<void>((resolve) => (arrived = resolve));
  socket.end();
  await closed;
  return lines;
}

/** What has to come back. */
export function shownBy(session: Session): string[] {
  return session.steps.filter(({ kind }) => kind === "shown").map(({ line }) => line);
}
