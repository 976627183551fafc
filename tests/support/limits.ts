import { expect } from "vitest";
import { ManualClock, Vm, type Connection, type HostModule, type Plugin } from "../../host/index.ts";
import { checkerOf } from "./invariants.ts";
import { metricsOf } from "../../host/testing/metrics.ts";

/** A VM with a configuration whose caps are to be reached. */
export class LimitStage {
  readonly vm: Vm;
  readonly plugin: Plugin;
  private readonly sent: Uint8Array[] = [];
  private readonly passed: Uint8Array[] = [];

  constructor(module: HostModule, protocol: string, configuration: object) {
    this.vm = new Vm(module, { clock: new ManualClock(), misuse: "throw" });
    this.plugin = this.vm.startPlugin({
      rootId: `heirloom.${protocol}`,
      configuration: JSON.stringify(configuration),
    });
  }

  connect(): Connection {
    return this.plugin.newConnection({ passOn: (_, bytes) => this.passed.push(bytes) });
  }

  client(connection: Connection, ...bytes: Uint8Array[]): void {
    const all = Buffer.concat(bytes);
    this.sent.push(all);
    connection.downstream(all);
  }

  server(connection: Connection, ...bytes: Uint8Array[]): void {
    const all = Buffer.concat(bytes);
    this.sent.push(all);
    connection.upstream(all);
  }

  value(key: string): number {
    this.vm.tick();
    return metricsOf(this.vm).get(key) ?? 0;
  }

  /** All connections are closed: traffic was passed on as it came, nothing trapped, and the books are in order. */
  expectUnharmed(): void {
    this.vm.tick();
    expect(this.vm.failure).toBeUndefined();
    expect(Buffer.concat(this.passed).equals(Buffer.concat(this.sent))).toBe(true);
    expect(checkerOf(this.vm.stats).violations("closed")).toEqual([]);
  }
}

/** What servers begin with, of protocols in which they speak first. */
const GREETINGS = { smtp: "220 mx.example ESMTP", pop3: "+OK ready" } as const;

/** The same of a protocol of lines. */
export class LineStage extends LimitStage {
  private readonly greeting: Uint8Array;

  constructor(module: HostModule, protocol: keyof typeof GREETINGS, configuration: object) {
    super(module, protocol, configuration);
    this.greeting = lines(GREETINGS[protocol]);
  }

  /** A connection that the server has greeted. */
  greeted(): Connection {
    const connection = this.connect();
    this.server(connection, this.greeting);
    return connection;
  }
}

/** Each with its CRLF. */
export function lines(...text: string[]): Uint8Array {
  return Buffer.from(text.map((line) => `${line}\r\n`).join(""));
}
