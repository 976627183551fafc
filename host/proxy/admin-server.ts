import { createServer, type Server } from "node:http";
import type { Address } from "../envoy/address.ts";
import { answer, type AdminSource } from "./admin.ts";
import { bind, boundTo } from "./bind.ts";

/** The part of Envoy's admin interface that metrics need, over HTTP. */
export class AdminServer {
  readonly address: Address;
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    this.address = boundTo(server);
  }

  /** Throws an Error of one line if the address cannot be had. */
  static async start(address: Address, source: AdminSource): Promise<AdminServer> {
    const server = createServer((request, response) => {
      const { status, type, body, headers } = answer(request.method ?? "GET", request.url ?? "/", source);
      response
        .writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), ...headers })
        .end(body);
      // What else was sent is of no interest, but has to be taken.
      request.resume();
    });
    await bind(server, address);
    return new AdminServer(server);
  }

  /** Stops listening, and ends connections that scrapers keep open. */
  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}
