import { STATUS_CAS_MISMATCH, STATUS_NOT_FOUND, STATUS_OK } from "../abi/constants";
import { proxy_get_shared_data, proxy_set_shared_data } from "../abi/env";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { Faults } from "./faults";
import { Host } from "./host";

/** Longest key, in bytes. */
const MAX_KEY: i32 = 256;

/** How often `update` tries again when others were faster. */
const MAX_TRIES: i32 = 16;

/** What became of a `SharedData` call. */
export enum Shared {
  /** It was done. */
  ok,
  /** There is no value under the key. */
  absent,
  /** Somebody else has written since the value was read. */
  changed,
  /** The proxy refused, or the key is longer than 256 bytes. */
  refused,
}

/** What a value becomes; for `SharedData.update`. */
export abstract class SharedChange {
  /**
   * The new value, given the present one (null for none; valid until the next host call). May be called several
   * times. Null leaves everything as it is.
   */
  abstract next(present: Slice | null): Slice | null;
}

/**
 * Values that all workers share, and all modules with the same `vm_id`; they last as long as a VM of that id. Each
 * carries a number that changes with it (`version`), so that two writers cannot overwrite each other unseen. Keys are at
 * most 256 bytes long; of a longer one everything is `refused`.
 */
export abstract class SharedData {
  /** Of the value last read: for `write`. */
  version: u32 = 0;

  /** Reads the value under `key` into `into`: valid until the next host call. */
  abstract read(key: string, into: Slice): Shared;

  /** Writes whatever is there, with `version` 0; else only if the value is still that version. */
  abstract write(key: string, value: Slice, version: u32): Shared;

  /**
   * Reads, changes and writes, again when another worker was faster. `changed` after 16 such tries; `ok` also when
   * `change` left everything as it is. Of two workers that write the first value at the same time the later wins: the
   * proxy knows no version of what is not there.
   */
  static update(key: string, change: SharedChange): Shared {
    const data = Host.sharedData;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const found = data.read(key, present);
      if (found == Shared.refused) return found;
      const value = change.next(found == Shared.ok ? present : null);
      if (value === null) return Shared.ok;
      const done = data.write(key, value, found == Shared.ok ? data.version : 0);
      if (done != Shared.changed) return done;
    }
    return Shared.changed;
  }
}

const present: Slice = new Slice();
const name: Text = new Text(memory.data(256), MAX_KEY);
const returned: usize = memory.data(12);

@final
export class EnvoySharedData extends SharedData {
  read(key: string, into: Slice): Shared {
    name.clear().string(key);
    into.set(0, 0);
    this.version = 0;
    if (name.truncated) return Shared.refused; // a shorter key is another value's
    store<u64>(returned, 0);
    store<u32>(returned + 8, 0);
    const status = proxy_get_shared_data(
      name.start,
      <usize>name.length,
      returned,
      returned + 4,
      returned + 8,
    );
    const at = <usize>load<u32>(returned);
    if (status == STATUS_OK) {
      into.set(at, at != 0 ? load<i32>(returned + 4) : 0);
      this.version = load<u32>(returned + 8);
    }
    return outcome("get_shared_data", status);
  }

  write(key: string, value: Slice, version: u32): Shared {
    name.clear().string(key);
    if (name.truncated) return Shared.refused;
    return outcome(
      "set_shared_data",
      proxy_set_shared_data(name.start, <usize>name.length, value.start, <usize>value.length, version),
    );
  }
}

function outcome(call: string, status: i32): Shared {
  if (status == STATUS_OK) return Shared.ok;
  if (status == STATUS_NOT_FOUND) return Shared.absent;
  if (status == STATUS_CAS_MISMATCH) return Shared.changed;
  Faults.refused(call, status);
  return Shared.refused;
}
