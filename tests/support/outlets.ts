// What leaves a module while connections run, and whether a secret is in it.

import {
  ManualClock,
  Vm,
  type Connection,
  type HostModule,
  type LogLevel,
  type Plugin,
} from "../../host/index.ts";
import type { Step } from "../../host/testing/conversation.ts";

/** What a filter may show is numbers, names of its own, and identities if it was told to. All else is nobody's business. */
const VERBOSITIES = ["low", "standard", "high"];
export const IDENTITIES = ["omit", "domain", "hash", "plain"];
export const HASH_KEY = "key-that-nobody-sees";

/** Every way that a filter can be told to show something. `thresholds`: its key for slow ones. */
export const everyConfiguration = (thresholds: string) =>
  VERBOSITIES.flatMap((verbosity) =>
    IDENTITIES.map((identities) => ({
      verbosity,
      identities,
      configuration: {
        verbosity,
        [thresholds]: { default: 1 },
        access_log: { record: true, identities, hash_key: HASH_KEY },
      },
    })),
  );

/** Log lines of all levels, names of metrics, filter state. */
export class Outlets {
  private readonly vm: Vm;
  private readonly logged: string[] = [];
  private readonly states: string[] = [];
  private readonly plugin: Plugin;

  constructor(module: HostModule, rootId: string, configuration: object, logLevel: LogLevel = "trace") {
    this.vm = new Vm(module, {
      clock: new ManualClock(),
      logLevel,
      log: (_, text) => this.logged.push(text),
    });
    this.plugin = this.vm.startPlugin({ rootId, configuration: JSON.stringify(configuration) });
  }

  play(script: (connection: Connection) => void): void {
    const connection = this.plugin.newConnection();
    script(connection);
    // What is written in between must not show anything either.
    this.keep(connection);
    if (!connection.closed) connection.close("remote");
    this.keep(connection);
    this.vm.tick();
  }

  /** All of it as one text. */
  get text(): string {
    const names = this.vm.stats.all().map(({ fullName }) => fullName);
    return [...this.logged, ...this.states, ...names].join("\n");
  }

  advance(milliseconds: number): void {
    this.vm.advance(milliseconds);
  }

  private keep(connection: Connection): void {
    for (const [key, value] of connection.filterState)
      this.states.push(key, Buffer.from(value).toString("latin1"));
  }
}

/** Words that occur nowhere else; as they are and as Base64, which a log might have undone. */
export class Secrets {
  readonly all: string[] = [];

  plain(): string {
    const word = `Zq${this.all.length}xSecretWord${this.all.length * 7919}`;
    this.all.push(word);
    return word;
  }

  base64(...parts: string[]): string {
    const encoded = Buffer.from([...parts, this.plain()].join("\0")).toString("base64");
    this.all.push(encoded.replace(/=+$/, ""));
    return encoded;
  }
}

/** Looks for the words whatever the case of their letters, and for the first half of each. */
export function leaks(text: string, secrets: readonly string[]): string[] {
  const haystack = text.toLowerCase();
  return secrets.filter((secret) => {
    const lower = secret.toLowerCase();
    const half = lower.slice(0, Math.max(8, Math.floor(lower.length / 2)));
    return haystack.includes(lower) || haystack.includes(half);
  });
}

/** Sends bytes whole or one by one. */
export function send(
  connection: Connection,
  peer: "client" | "server",
  bytes: Uint8Array,
  pieces: "whole" | "single",
): void {
  const chunks = pieces === "single" ? Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)) : [bytes];
  for (const chunk of bytes.length > 1_000 ? [bytes] : chunks) {
    if (peer === "client") connection.downstream(chunk);
    else connection.upstream(chunk);
  }
}

/** A step of a transcript; time stands still. */
export function perform(connection: Connection, step: Step): void {
  if (connection.closed || step.kind === "wait") return;
  if (step.kind === "reset") {
    connection.close(step.peer === "client" ? "remote" : "local");
    return;
  }
  const bytes = step.kind === "send" ? step.bytes : new Uint8Array(0);
  if (step.peer === "client") connection.downstream(bytes, step.kind === "end");
  else connection.upstream(bytes, step.kind === "end");
}
