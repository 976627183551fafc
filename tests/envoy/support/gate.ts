/** An HTTP server that answers when a test says so. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A question that waits for its answer. */
export class Question {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  private readonly response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.path = request.url ?? "";
    this.headers = request.headers;
    this.response = response;
  }

  answer(status: number): void {
    this.response.writeHead(status).end();
  }

  /** The connection breaks off without an answer. */
  hangUp(): void {
    this.response.destroy();
  }
}

/** Hands out what it is asked, in order. */
export class Gate {
  private readonly server: Server;
  private readonly questions: Question[] = [];
  private readonly waiting: ((question: Question) => void)[] = [];

  private constructor(server: Server) {
    this.server = server;
    server.on("request", (request, response) => {
      const question = new Question(request, response);
      const next = this.waiting.shift();
      if (next === undefined) this.questions.push(question);
      else next(question);
    });
  }

  static async start(): Promise<Gate> {
    // Otherwise it closes a connection just when Envoy uses it again, which is an answer of its own: 503.
    const server = createServer({ keepAliveTimeout: 0 });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Gate(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The next question that nobody has had. */
  next(): Promise<Question> {
    const question = this.questions.shift();
    if (question !== undefined) return Promise.resolve(question);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
