/** A statsd server: what Envoy flushes to it, to its last word before it ends. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const ADDRESS = "127.0.0.1";

export class StatsdSink {
  private readonly socket: Socket;
  private received = "";

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("message", (text) => (this.received += `${text.toString()}\n`));
  }

  /** Listens on a free port. */
  static async start(): Promise<StatsdSink> {
    const socket = createSocket("udp4");
    const sink = new StatsdSink(socket);
    socket.bind(0, ADDRESS);
    await once(socket, "listening");
    return sink;
  }

  /** All lines so far. */
  get text(): string {
    return this.received;
  }

  /** An entry of the bootstrap's `stats_sinks`. */
  get configuration(): object {
    const type = "type.googleapis.com/envoy.config.metrics.v3.StatsdSink";
    const address = {
      socket_address: { protocol: "UDP", address: ADDRESS, port_value: this.socket.address().port },
    };
    return { name: "envoy.stat_sinks.statsd", typed_config: { "@type": type, address } };
  }

  stop(): void {
    this.socket.close();
  }
}
