import type { Server } from "node:net";
import { formatAddress, type Address } from "../host/envoy/address.ts";

/** Resolves when the server listens there; port 0 takes a free one. Rejects, in one line, when it cannot. */
export function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const where = formatAddress({ host, port });
      reject(new Error(error.code === "EADDRINUSE" ? `${where} is in use` : `${where}: ${error.message}`));
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
}

/** Where it listens. */
export function addressOf(server: Server): Address {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return { host: address.address, port: address.port };
}
