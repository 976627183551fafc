/** An LDAP client that sends what it is told, octet by octet, and reads the answers. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { elementAt, elementsIn, numberIn, type Element } from "./elements.ts";

/** A message from the server. */
export interface Answer {
  readonly id: number;
  /** Of the operation (RFC 4511 §4.2 ff.). */
  readonly tag: number;
  /** The elements of the operation. */
  readonly parts: readonly Element[];
  /** Octets of the message. */
  readonly size: number;
}

/** The result code of a final response. */
export function codeOf(answer: Answer | undefined): number | undefined {
  const first = answer?.parts[0];
  return first === undefined ? undefined : numberIn(first);
}

/** The client's side of a connection. */
export class LdapWire {
  /** Search entries that have come. */
  entries = 0;
  private readonly socket: Socket;
  private buffered: Buffer = Buffer.alloc(0);
  private wake: () => void = () => undefined;
  private ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => this.end());
    socket.on("end", () => this.end());
    socket.on("close", () => this.end());
    socket.on("data", (chunk) => {
      this.buffered = Buffer.concat([this.buffered, chunk]);
      this.wake();
    });
  }

  static async connect(port: number): Promise<LdapWire> {
    const socket = connect(port, "127.0.0.1");
    const client = new LdapWire(socket);
    await once(socket, "connect");
    return client;
  }

  send(...messages: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** The next message; undefined when the server ends the connection before it is complete. */
  async answer(): Promise<Answer | undefined> {
    for (;;) {
      const whole = elementAt(this.buffered);
      if (whole !== undefined) {
        this.buffered = this.buffered.subarray(whole.size);
        const answer = answerIn(whole);
        if (answer.tag === 0x64) this.entries++;
        return answer;
      }
      if (this.ended) return undefined;
      await this.more();
    }
  }

  /** The next final response, to the request `id` if there is one. */
  async result(id?: number): Promise<Answer | undefined> {
    for (;;) {
      const answer = await this.answer();
      if (answer === undefined) return undefined;
      if ((id === undefined || answer.id === id) && !NOT_FINAL.has(answer.tag)) return answer;
    }
  }

  /** All messages until the server ends the connection. */
  async rest(): Promise<Answer[]> {
    const found: Answer[] = [];
    for (let one = await this.answer(); one !== undefined; one = await this.answer()) found.push(one);
    return found;
  }

  /** Ends the connection, without Unbind. */
  leave(): void {
    this.socket.end();
  }

  private more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the server does not answer")), ANSWER_TIMEOUT_MS);
      this.wake = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }
}

/** A busy machine may take seconds. */
const ANSWER_TIMEOUT_MS = 20_000;

/** SearchResultEntry, SearchResultReference, IntermediateResponse. */
const NOT_FINAL = new Set([0x64, 0x73, 0x79]);

function answerIn({ value, size }: Element): Answer {
  const [id, operation] = elementsIn(value);
  if (id === undefined || operation === undefined) throw new Error(`no message: ${value.toString("hex")}`);
  return { id: numberIn(id), tag: operation.tag, parts: elementsIn(operation.value), size };
}
