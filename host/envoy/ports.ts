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
  return (await listenOnce(host, port)) !== undefined;
}

/** A port that was free a moment ago. */
export async function anyPort(host = "127.0.0.1"): Promise<number> {
  const port = await listenOnce(host, 0);
  if (port === undefined) throw new Error(`cannot listen on ${host}`);
  return port;
}

function listenOnce(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(address !== null && typeof address === "object" ? address.port : undefined);
      });
    });
  });
}
