import type { Server } from "node:net";
import { formatAddress, type Address } from "../envoy/address.ts";

/** Listens at an address. Throws an Error of one line if it cannot be had; its cause is what the system said. */
export async function bind(server: Server, address: Address): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(new Error(describeBindError(error, address), { cause: error }));
    };
    server.once("error", failed);
    server.listen({ ...address, exclusive: true }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/** Where it listens. */
export function boundTo(server: Server): Address {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return { host: address.address, port: address.port };
}

function describeBindError(error: NodeJS.ErrnoException, address: Address): string {
  const where = formatAddress(address);
  if (error.code === "EADDRINUSE") return `${where} is in use`;
  if (error.code === "EACCES") return `no permission to listen on ${where}`;
  if (error.code === "EADDRNOTAVAIL") return `${where} is not an address of this machine`;
  return `cannot listen on ${where}: ${error.message}`;
}
