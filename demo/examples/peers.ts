import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Address } from "../../host/envoy/address.ts";
import { addressOf, listen } from "../listen.ts";

/** A server behind an example's Envoy. */
export interface ExamplePeer {
  readonly address: Address;
  /** What it does, in a few words. */
  readonly does: string;
  stop(): Promise<void>;
}

/** What a mail server says first, with more about itself than anybody needs to know. */
const GREETING = "220 mx.example ESMTP Postfix 3.7.11 (Debian/GNU)\r\n";

/** Whom the authorizer lets in. */
const AUTHORIZED = "127.0.0.1";

/** The peers that do something of their own, by the name of their cluster. */
const KINDS: Readonly<Record<string, { readonly does: string; readonly make: () => Server }>> = {
  echo: { does: "sends everything back", make: () => tcp((socket) => socket.pipe(socket)) },
  greeter: {
    does: "greets as a mail server does, then sends everything back",
    make: () =>
      tcp((socket) => {
        socket.write(GREETING);
        socket.pipe(socket);
      }),
  },
  authorizer: { does: `says 200 for ${AUTHORIZED} and 403 for others`, make: authorizer },
};

/**
 * Starts the peer for a cluster of that name; one that does nothing of its own sends each line back behind its name
 * (`web: GET / HTTP/1.1`), so that it shows who answered. Port 0 takes a free one. Rejects, in one line, when it cannot.
 */
export async function startPeer(cluster: string, address: Address): Promise<ExamplePeer> {
  const kind = KINDS[cluster] ?? {
    does: `sends each line back behind "${cluster}: "`,
    make: () => named(cluster),
  };
  const server = kind.make();
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await listen(server, address);
  return {
    address: addressOf(server),
    does: kind.does,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Both directions end one after the other, as the proxy hands them on. */
function tcp(serve: (socket: Socket) => void): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
}

function named(name: string): Server {
  return tcp((socket) => {
    const lines = createInterface({ input: socket });
    // It passes on what goes wrong with the socket, and that has been seen to.
    lines.on("error", () => undefined);
    lines.on("line", (line) => socket.write(`${name}: ${line}\n`));
    lines.on("close", () => socket.end());
  });
}

function authorizer(): Server {
  return createHttpServer((request, response) => {
    const source = request.headers["x-source-address"];
    response.statusCode = String(source).startsWith(`${AUTHORIZED}:`) ? 200 : 403;
    response.end();
  });
}
