/** A port that neither accepts nor refuses: its queue of connections is full. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Listens with the shortest queue there is and then never wakes up. */
const SLEEPER = `
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    process.stdout.write(String(server.address().port));
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 10);
  });`;

/** More than fit into the queue; those beyond stay unanswered. */
const FILLERS = 4;

export interface BlackHole {
  readonly port: number;
  stop(): void;
}

/** Starts one; connects to it neither succeed nor fail. */
export async function startBlackHole(): Promise<BlackHole> {
  const child = spawn(process.execPath, ["-e", SLEEPER], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(text.toString());
  await new Promise((later) => setTimeout(later, 100));
  const fillers: Socket[] = [];
  for (let i = 0; i < FILLERS; i++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    fillers.push(socket);
  }
  return {
    port,
    stop: () => {
      child.kill("SIGKILL");
      for (const socket of fillers) socket.destroy();
    },
  };
}
