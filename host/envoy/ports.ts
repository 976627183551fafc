import { createServer } from "node:net";

/** Where a port number came from. */
export type PortOrigin = "environment" | "default" | "free";

/** A port to listen on. */
export interface ChosenPort {
  readonly port: number;
  readonly origin: PortOrigin;
}

/** What to choose a port for. */
export interface PortRequest {
  /** The environment variable that fixes the port when it is set. */
  readonly variable: string;
  /** The port of the shipped configuration. */
  readonly preferred: number;
  /** The address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * The environment variable's port if set, else the preferred one, else any free one.
 * Throws, in one line, when the variable is no port number or its port is in use.
 */
export async function choosePort(request: PortRequest): Promise<ChosenPort> {
  const { variable, preferred, host = "127.0.0.1", environment = process.env } = request;
  const fixed = environment[variable];
  if (fixed !== undefined && fixed !== "") {
    const port = /^\d{1,5}$/.test(fixed) ? Number(fixed) : NaN;
    if (!(port >= 1 && port <= 65_535))
      throw new Error(`${variable}: expected a port number, found "${fixed}"`);
    if (!(await isFree(host, port))) throw new Error(`port ${port} of ${host} (from ${variable}) is in use`);
    return { port, origin: "environment" };
  }
  if (await isFree(host, preferred)) return { port: preferred, origin: "default" };
  return { port: await anyPort(host), origin: "free" };
}

/** Whether nothing listens there: tried by listening, since Envoy itself would share a port with its likes. */
export async function isFree(host: string, port: number): Promise<boolean> {
  return (await whyNot(host, port)) === undefined;
}

/** Why nothing can listen there now, as it goes on behind the address: `is in use`; undefined where something can. */
export async function whyNot(host: string, port: number): Promise<string | undefined> {
  const found = await listenOnce(host, port);
  if (typeof found === "number") return undefined;
  return REASONS[found.code ?? ""] ?? `cannot be listened on: ${found.message}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use",
  EADDRNOTAVAIL: "is no address of this machine",
  EACCES: "needs more rights: a port below 1024 is root's",
};

/** A port that was free a moment ago. */
export async function anyPort(host = "127.0.0.1"): Promise<number> {
  const port = await listenOnce(host, 0);
  if (typeof port !== "number") throw new Error(`cannot listen on ${host}: ${port.message}`);
  return port;
}

/** The port, or what is against it. */
function listenOnce(host: string, port: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(address !== null && typeof address === "object" ? address.port : new Error("no port"));
      });
    });
  });
}
