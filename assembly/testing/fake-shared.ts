import { STATUS_BAD_ARGUMENT, STATUS_NOT_FOUND } from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Faults } from "../host/faults";
import { Foreign } from "../host/foreign";
import { Host } from "../host/host";
import { Shared, SharedData } from "../host/shared-data";
import { SharedQueue } from "../host/shared-queue";

/** Shared data that a spec can look at, and change between a read and a write. */
export class FakeSharedData extends SharedData {
  /** Value of each key, as it was written. */
  values: Map<string, ArrayBuffer> = new Map();
  /** How often each key was written. */
  versions: Map<string, u32> = new Map();
  /** So many more times another worker writes between a read and a write. */
  rivals: i32 = 0;
  /** From now on everything is refused. */
  isRefusing: bool = false;

  /** The value under `key` as text; "" where there is none. */
  text(key: string): string {
    return this.values.has(key) ? String.UTF8.decode(this.values.get(key)) : "";
  }

  /** The value under `key` as a number of 8 bytes, the lowest first; -1 where it is none. */
  number(key: string): i64 {
    if (!this.values.has(key)) return -1;
    const value = this.values.get(key);
    return value.byteLength == 8 ? load<i64>(changetype<usize>(value)) : -1;
  }

  read(key: string, into: Slice): Shared {
    into.set(0, 0);
    this.version = 0;
    if (this.isRefusing) return refused("get_shared_data");
    if (!this.values.has(key)) return Shared.absent;
    const value = this.values.get(key);
    into.set(changetype<usize>(value), value.byteLength);
    this.version = this.versionOf(key);
    return Shared.ok;
  }

  write(key: string, value: Slice, version: u32): Shared {
    if (this.isRefusing) return refused("set_shared_data");
    if (this.rivals > 0) {
      this.rivals--;
      this.versions.set(key, this.versionOf(key) + 1);
    }
    if (this.values.has(key) && version != 0 && version != this.versionOf(key)) return Shared.changed;
    this.values.set(key, copyOf(value));
    this.versions.set(key, this.versionOf(key) + 1);
    return Shared.ok;
  }

  private versionOf(key: string): u32 {
    return this.versions.has(key) ? this.versions.get(key) : 0;
  }
}

function refused(call: string): Shared {
  Faults.refused(call, STATUS_BAD_ARGUMENT);
  return Shared.refused;
}

/** Queues by name, of this VM (`vmId` "") and others. */
export class FakeSharedQueue extends SharedQueue {
  private names: string[] = [];
  private entries: ArrayBuffer[][] = [];
  /** What was taken last: it is valid until the next call. */
  private last: ArrayBuffer = new ArrayBuffer(0);

  register(name: string): u32 {
    return this.registerOf("", name);
  }

  /** Another VM registers `name`. */
  registerOf(vmId: string, name: string): u32 {
    const known = this.resolve(vmId, name);
    if (known != 0) return known;
    this.names.push(vmId + "/" + name);
    this.entries.push([]);
    return this.names.length;
  }

  resolve(vmId: string, name: string): u32 {
    return this.names.indexOf(vmId + "/" + name) + 1;
  }

  enqueue(queue: u32, value: Slice): bool {
    if (queue == 0 || queue > <u32>this.names.length) return false;
    this.entries[queue - 1].push(copyOf(value));
    return true;
  }

  dequeue(queue: u32, into: Slice): bool {
    into.set(0, 0);
    if (queue == 0 || queue > <u32>this.names.length || this.entries[queue - 1].length == 0) return false;
    this.last = this.entries[queue - 1].shift();
    into.set(changetype<usize>(this.last), this.last.byteLength);
    return true;
  }
}

/** The argument by which `set_envoy_filter_state` chooses a cluster begins so; its length and its name follow. */
const CHOICE: string = "\n\x17envoy.tcp_proxy.cluster\x12";

/** Remembers the calls. */
export class FakeForeign extends Foreign {
  /** Name of each call. */
  names: string[] = [];
  /** Argument of each call, a byte a character. */
  arguments: string[] = [];
  private readonly clusters: Map<u32, string> = new Map();
  /** From now on everything is refused. */
  isRefusing: bool = false;

  call(name: string, argument: Slice): bool {
    this.names.push(name);
    let bytes = "";
    for (let i = 0; i < argument.length; i++) bytes += String.fromCharCode(argument.at(i));
    this.arguments.push(bytes);
    if (this.isRefusing) return Faults.refused("call_foreign_function", STATUS_NOT_FOUND);
    if (bytes.startsWith(CHOICE)) this.clusters.set(Host.context, bytes.substring(CHOICE.length + 1));
    return true;
  }

  /** For the proxy: the cluster that was chosen for the connection `context`; "" for none. */
  clusterOf(context: u32): string {
    return this.clusters.has(context) ? this.clusters.get(context) : "";
  }
}

function copyOf(value: Slice): ArrayBuffer {
  const copy = new ArrayBuffer(value.length);
  memory.copy(changetype<usize>(copy), value.start, <usize>value.length);
  return copy;
}
