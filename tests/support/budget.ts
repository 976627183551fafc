import { marginalBytes } from "../../bench/growth.ts";
import type { Connection, Plugin, Vm } from "../../host/index.ts";

/** What an action cost in host calls, by name. */
export function hostCallsOf(vm: Vm, action: () => void): Map<string, number> {
  const before = new Map(vm.hostCalls);
  action();
  const calls = new Map<string, number>();
  for (const [name, count] of vm.hostCalls) {
    const more = count - (before.get(name) ?? 0);
    if (more > 0) calls.set(name, more);
  }
  return calls;
}

/** The number of host calls of any name. */
export function totalOf(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}

/**
 * Linear memory that each of many open connections takes, in bytes. `prepare` brings a connection into the state that is
 * measured; all are closed afterwards.
 */
export function memoryPerConnection(
  vm: Vm,
  plugin: Plugin,
  prepare: (connection: Connection) => void,
): number {
  const connections: Connection[] = [];
  const bytes = marginalBytes(vm, () => {
    const connection = plugin.newConnection();
    prepare(connection);
    connections.push(connection);
  });
  for (const connection of connections) connection.close("remote");
  return bytes;
}
