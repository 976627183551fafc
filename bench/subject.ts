/** A filter in the TypeScript host, and traffic through it. */

import { loadModule, Vm, type Connection, type Plugin } from "../host/index.ts";
import type { Exchange, Protocol, Step, Variant } from "./protocol.ts";

/** A configuration of a module that runs. */
export interface Subject {
  readonly vm: Vm;
  readonly plugin: Plugin;
  readonly protocol: Protocol;
}

/** Starts the filter of a variant in a VM of its own; the variant must have one. */
export async function start(protocol: Protocol, variant: Variant): Promise<Subject> {
  const { module = "", rootId, configuration = {} } = variant.filter ?? {};
  const vm = new Vm(await loadModule(module));
  const plugin = vm.startPlugin({ rootId, configuration: JSON.stringify(configuration) });
  return { vm, plugin, protocol };
}

/** A connection that is idle. */
export function open({ plugin, protocol }: Subject): Connection {
  const connection = plugin.newConnection();
  pass(connection, protocol.opening);
  return connection;
}

/** The whole exchange, once. */
export function exchangeOnce(connection: Connection, exchange: Exchange): void {
  pass(connection, exchange.steps);
}

function pass(connection: Connection, steps: readonly Step[]): void {
  for (const { from, bytes } of steps) {
    if (from === "client") connection.downstream(bytes);
    else connection.upstream(bytes);
  }
}
