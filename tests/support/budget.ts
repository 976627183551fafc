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

/** Growths of the memory to see; the last two are measured, when tables and pools weigh what they weigh in the long run. */
const GROWTHS = 6;

/**
 * Linear memory that each of many open connections takes, in bytes. AssemblyScript doubles the memory when it is full, so
 * what a growth brought is divided by the connections that it lasted for. `prepare` brings a connection into the state
 * that is measured; all are closed afterwards.
 */
export function memoryPerConnection(
  vm: Vm,
  plugin: Plugin,
  prepare: (connection: Connection) => void,
): number {
  const connections: Connection[] = [];
  const growths: { connections: number; bytes: number }[] = [];
  let bytes = vm.memoryBytes;
  while (growths.length < GROWTHS) {
    const connection = plugin.newConnection();
    prepare(connection);
    connections.push(connection);
    if (vm.memoryBytes === bytes) continue;
    growths.push({ connections: connections.length, bytes: vm.memoryBytes - bytes });
    bytes = vm.memoryBytes;
  }
  for (const connection of connections) connection.close("remote");
  const [from, to] = growths.slice(-2);
  return from === undefined || to === undefined ? NaN : from.bytes / (to.connections - from.connections);
}
