import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { CapturePeer } from "../../host/capture/connection.ts";

/** Hears the bytes of a client's connection as they go over its socket. */
export interface TapListener {
  /** The connection is there. */
  opened(socket: Socket): void;
  data(from: CapturePeer, bytes: Uint8Array): void;
  /** That side sends nothing more. */
  ended(from: CapturePeer): void;
}

/** Where Node announces every socket that a client makes. */
const CLIENT_SOCKETS = "net.client.socket";

/**
 * Runs what a client does and listens in on the first connection that it opens: on the socket itself, whichever
 * library made it, and without changing what the client sees.
 */
export async function tapping<T>(listener: TapListener, act: () => Promise<T>): Promise<T> {
  const inside = new AsyncLocalStorage<true>();
  let isTapped = false;
  const onSocket = (message: unknown): void => {
    if (isTapped || inside.getStore() !== true) return;
    isTapped = true;
    tap((message as { readonly socket: Socket }).socket, listener);
  };
  subscribe(CLIENT_SOCKETS, onSocket);
  try {
    return await inside.run(true, act);
  } finally {
    unsubscribe(CLIENT_SOCKETS, onSocket);
  }
}

function tap(socket: Socket, listener: TapListener): void {
  const early: Uint8Array[] = [];
  const sent = (chunk: Uint8Array | string, encoding: BufferEncoding): void => {
    const bytes = Uint8Array.from(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
    // Bytes may be written before there is a connection to go over.
    if (socket.connecting) early.push(bytes);
    else listener.data("client", bytes);
  };
  socket.once("connect", () => {
    listener.opened(socket);
    for (const bytes of early) listener.data("client", bytes);
  });
  socket.once("finish", () => {
    listener.ended("client");
  });
  listenToReads(socket, listener);
  listenToWrites(socket, sent);
}

/** Below the stream's decoding: these are the bytes, whatever the client makes of them. */
function listenToReads(socket: Socket, listener: TapListener): void {
  const push = socket.push.bind(socket);
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk instanceof Uint8Array) listener.data("server", Uint8Array.from(chunk));
    else if (chunk === null) listener.ended("server");
    return push(chunk, encoding);
  };
}

/** Where the stream hands over what was written; `write` itself is put back by Node when the socket connects. */
function listenToWrites(
  socket: Socket,
  sent: (chunk: Uint8Array | string, encoding: BufferEncoding) => void,
): void {
  const write = socket._write.bind(socket);
  socket._write = (chunk: Uint8Array | string, encoding, done) => {
    sent(chunk, encoding);
    write(chunk, encoding, done);
  };
  const writeAll = socket._writev?.bind(socket);
  if (!writeAll) return;
  socket._writev = (chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[], done) => {
    for (const { chunk, encoding } of chunks) sent(chunk, encoding);
    writeAll(chunks, done);
  };
}
