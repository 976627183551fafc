/** Types what docs/examples.md says, and looks at what comes. */

import { connect } from "node:net";
import type { Session } from "../../../demo/examples/section.ts";
import type { Address } from "../../../host/envoy/address.ts";
import { Peer } from "../../support/sockets.ts";

/** Plays a session: resolves, when the connection is over, with all lines that came back. */
export async function playSession(session: Session, address: Address): Promise<string[]> {
  const socket = connect({ ...address, localAddress: session.from, allowHalfOpen: true });
  const peer = new Peer(socket);
  let awaited = 0;
  for (const step of session.steps) {
    if (step.kind === "typed") peer.send(`${step.line}\n`);
    else awaited++;
    await peer.until(() => linesOf(peer).length >= awaited || peer.isOver);
  }
  if (session.isClosed) await peer.gone();
  socket.end();
  await peer.until(({ closed }) => closed);
  return linesOf(peer);
}

/** All that are complete. */
function linesOf({ text }: Peer): string[] {
  return text.split(/\r?\n/).slice(0, -1);
}

/** What has to come back. */
export function shownBy(session: Session): string[] {
  return session.steps.filter(({ kind }) => kind === "shown").map(({ line }) => line);
}
