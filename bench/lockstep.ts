/** A client and a server that take turns by a script: one request on its way per connection, whatever the protocol. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { RunningServer } from "./programs.ts";
import type { Step } from "./protocol.ts";

/** What the client sends, and what the server sends once it has all of that. An empty request: the server begins. */
export interface Turn {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

/** A connection: its opening once, then the turns again and again. */
export interface Script {
  readonly opening: readonly Turn[];
  readonly turns: readonly Turn[];
}

/** Steps as turns: what the client sends in a row goes at once, as does what answers it. */
export function turnsOf(steps: readonly Step[]): Turn[] {
  const turns: { request: Uint8Array[]; response: Uint8Array[] }[] = [];
  for (const { from, bytes } of steps) {
    let last = turns.at(-1);
    if (last === undefined || (from === "client" && last.response.length > 0)) {
      last = { request: [], response: [] };
      turns.push(last);
    }
    last[from === "client" ? "request" : "response"].push(bytes);
  }
  return turns.map(({ request, response }) => ({
    request: Buffer.concat(request),
    response: Buffer.concat(response),
  }));
}

/** More than any load opens before the server has accepted any. */
const BACKLOG = 4_096;

/** Starts the server's part on 127.0.0.1. */
export async function startLockstep(script: Script): Promise<RunningServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // What the client misses, it says itself.
    socket.on("error", () => undefined);
    answer(socket, script);
  });
  server.listen(0, "127.0.0.1", BACKLOG);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(socket: Socket, script: Script): void {
  const turns = sequence(script);
  let turn = turns.next().value;
  let missing = turn.request.length;
  const respond = (): void => {
    while (missing <= 0) {
      socket.write(turn.response);
      turn = turns.next().value;
      missing += turn.request.length;
    }
  };
  socket.on("data", (bytes) => {
    missing -= bytes.length;
    respond();
  });
  respond();
}

function* sequence({ opening, turns }: Script): Generator<Turn, never> {
  yield* opening;
  for (;;) yield* turns;
}

/** The client's part: one connection. */
export class LockstepClient {
  private readonly socket: Socket;
  private received = 0;
  private wanted = 0;
  private wake: (() => void) | undefined;
  private failure: Error | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.received += bytes.length;
      if (this.received >= this.wanted) this.wake?.();
    });
    socket.on("error", (error) => (this.failure = error));
    socket.on("close", () => {
      this.failure ??= new Error("the connection ended");
      this.wake?.();
    });
  }

  /** Connects to a port of 127.0.0.1 and takes the turns of the script's opening. */
  static async open(port: number, script: Script): Promise<LockstepClient> {
    const client = new LockstepClient(connect({ port, host: "127.0.0.1", noDelay: true }));
    for (const turn of script.opening) await client.take(turn);
    return client;
  }

  /** Sends a request and waits for all of its response. Throws when the connection ends before. */
  async take({ request, response }: Turn): Promise<void> {
    this.wanted += response.length;
    if (request.length > 0) this.socket.write(request);
    if (this.received < this.wanted && this.failure === undefined) {
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
    }
    if (this.received < this.wanted) throw this.failure ?? new Error("woken for nothing");
  }

  async close(): Promise<void> {
    if (this.socket.closed) return;
    this.socket.end();
    await once(this.socket, "close");
  }
}

/** Takes all turns of the script `rounds` times, spread over so many connections. */
export async function playLockstep(
  port: number,
  script: Script,
  rounds: number,
  connections: number,
): Promise<void> {
  const clients = await Promise.all(
    Array.from({ length: connections }, () => LockstepClient.open(port, script)),
  );
  let left = rounds;
  const work = async (client: LockstepClient): Promise<void> => {
    while (left-- > 0) for (const turn of script.turns) await client.take(turn);
  };
  try {
    await Promise.all(clients.map(work));
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}
