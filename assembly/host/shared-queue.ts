import { STATUS_OK } from "../abi/constants";
import {
  proxy_dequeue_shared_queue,
  proxy_enqueue_shared_queue,
  proxy_register_shared_queue,
  proxy_resolve_shared_queue,
} from "../abi/env";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { accepted } from "./faults";

/** Longest name of a queue or a VM, in bytes. */
const MAX_NAME: i32 = 256;

/**
 * Queues between VMs: one registers a name, others find it by that VM's `vm_id`, any of them takes from it. Of the VMs that
 * register one name, such as those of several workers, the last one hears of new entries (`Plugin.onQueueReady`). Queues are
 * not bounded by the proxy: bound what you put in. Names and ids of VMs are at most 256 bytes long: there is no queue for
 * longer ones.
 */
export abstract class SharedQueue {
  /** The queue `name` of this VM, made if there is none; 0 when the proxy refused, or the name is too long. */
  abstract register(name: string): u32;

  /** The queue `name` that a VM with the id `vmId` registered; 0 when there is none. */
  abstract resolve(vmId: string, name: string): u32;

  /** Puts `value` at the end of `queue`. False when the proxy refused. */
  abstract enqueue(queue: u32, value: Slice): bool;

  /** Takes the first entry of `queue` into `into`: valid until the next host call. False when it is empty. */
  abstract dequeue(queue: u32, into: Slice): bool;
}

const name: Text = new Text(memory.data(256), MAX_NAME);
const vm: Text = new Text(memory.data(256), MAX_NAME);
const returned: usize = memory.data(8);

@final
export class EnvoySharedQueue extends SharedQueue {
  register(queue: string): u32 {
    name.clear().string(queue);
    if (name.truncated) return 0; // a shorter name is another queue
    const status = proxy_register_shared_queue(name.start, <usize>name.length, returned);
    return accepted("register_shared_queue", status) ? load<u32>(returned) : 0;
  }

  resolve(vmId: string, queue: string): u32 {
    vm.clear().string(vmId);
    name.clear().string(queue);
    if (vm.truncated || name.truncated) return 0;
    const status = proxy_resolve_shared_queue(
      vm.start,
      <usize>vm.length,
      name.start,
      <usize>name.length,
      returned,
    );
    return status == STATUS_OK ? load<u32>(returned) : 0;
  }

  enqueue(queue: u32, value: Slice): bool {
    const status = proxy_enqueue_shared_queue(queue, value.start, <usize>value.length);
    return accepted("enqueue_shared_queue", status);
  }

  dequeue(queue: u32, into: Slice): bool {
    store<u64>(returned, 0);
    const ok = proxy_dequeue_shared_queue(queue, returned, returned + 4) == STATUS_OK;
    const at = <usize>load<u32>(returned);
    into.set(at, ok && at != 0 ? load<i32>(returned + 4) : 0);
    return ok;
  }
}
