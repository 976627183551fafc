/** A value of the shared data and which one it is: every change of any key has the next number. */
export interface SharedValue {
  readonly value: Uint8Array;
  readonly version: number;
}

interface Queue {
  readonly items: Uint8Array[];
  notify: (token: number) => void;
}

/**
 * What the VMs of a process share: data and queues, each under the VMs' id. One store is one Envoy process; VMs that
 * are to meet are given the same.
 */
export class SharedStore {
  private readonly data = new Map<string, Map<string, SharedValue>>();
  private readonly queues = new Map<number, Queue>();
  private readonly tokens = new Map<string, Map<string, number>>();
  private readonly posted: (() => void)[] = [];
  private readonly users = new Map<string, number>();
  private lastVersion = 0;
  private lastToken = 0;
  private running = false;

  get(vmId: string, key: string): SharedValue | undefined {
    return this.data.get(vmId)?.get(key);
  }

  /**
   * Sets a value; false if `version` is neither 0 nor that of the present value. Of a key without a value Envoy does not
   * look at the version.
   */
  set(vmId: string, key: string, value: Uint8Array, version = 0): boolean {
    const present = this.get(vmId, key);
    if (present !== undefined && version !== 0 && version !== present.version) return false;
    const map = this.data.get(vmId) ?? new Map<string, SharedValue>();
    this.data.set(vmId, map.set(key, { value, version: ++this.lastVersion }));
    return true;
  }

  /** Makes a queue or takes it over with what is in it: only the last who registered is told of new items. */
  register(vmId: string, name: string, notify: (token: number) => void): number {
    const names = this.tokens.get(vmId) ?? new Map<string, number>();
    this.tokens.set(vmId, names);
    const token = names.get(name) ?? ++this.lastToken;
    names.set(name, token);
    const queue = this.queues.get(token);
    if (queue === undefined) this.queues.set(token, { items: [], notify });
    else queue.notify = notify;
    return token;
  }

  resolve(vmId: string, name: string): number | undefined {
    return this.tokens.get(vmId)?.get(name);
  }

  /** False if there is no such queue. Who registered it hears of it once nothing of what goes on now is left. */
  enqueue(token: number, value: Uint8Array): boolean {
    const queue = this.queues.get(token);
    if (queue === undefined) return false;
    queue.items.push(value);
    const { notify } = queue;
    this.posted.push(() => notify(token));
    return true;
  }

  /** The oldest item; undefined if there is no such queue. */
  dequeue(token: number): Uint8Array | "empty" | undefined {
    const queue = this.queues.get(token);
    return queue === undefined ? undefined : (queue.items.shift() ?? "empty");
  }

  /** A VM with this id starts. */
  join(vmId: string): void {
    this.users.set(vmId, (this.users.get(vmId) ?? 0) + 1);
  }

  /** A VM with this id ends; with the last of an id goes what they shared. */
  leave(vmId: string): void {
    const left = (this.users.get(vmId) ?? 0) - 1;
    this.users.set(vmId, left);
    if (left > 0) return;
    this.data.delete(vmId);
    for (const token of this.tokens.get(vmId)?.values() ?? []) this.queues.delete(token);
    this.tokens.delete(vmId);
  }

  get isWaiting(): boolean {
    return this.posted.length > 0;
  }

  /** Tells of new items; the host does it after each of its operations. */
  settle(): void {
    if (this.posted.length === 0 || this.running) return;
    this.running = true;
    try {
      for (let next = this.posted.shift(); next !== undefined; next = this.posted.shift()) next();
    } finally {
      this.running = false;
    }
  }
}
