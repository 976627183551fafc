import { STATUS_OK } from "../abi/constants";
import { proxy_get_property, proxy_set_property } from "../abi/env";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { accepted } from "./faults";

/** Longest path of a property that is asked for, and longest key of filter state, in bytes. */
export const MAX_PATH: i32 = 256;

/** What the proxy knows about the connection, by path, and what it keeps for us. */
export abstract class Properties {
  /**
   * Reads the property at `path` (its parts joined by NUL) into `into`: valid until the next host call. False when
   * there is none, when it is larger than 64 KiB, or when the path is longer than MAX_PATH; `into` is empty then.
   */
  abstract read(path: string, into: Slice): bool;

  /** As `read`, of the path made of `group`, `name` and, unless it is empty, `key`. */
  abstract readPart(group: string, name: string, key: string, into: Slice): bool;

  /**
   * Keeps `value` in the connection's filter state as `wasm.<key>`. False when the proxy refused, or when the key is
   * longer than MAX_PATH.
   */
  abstract write(key: string, value: Slice): bool;
}

const returned: usize = memory.data(8);
const path: Text = new Text(memory.data(256), MAX_PATH);

@final
export class EnvoyProperties extends Properties {
  read(name: string, into: Slice): bool {
    path.clear().string(name);
    return this.get(into);
  }

  readPart(group: string, name: string, key: string, into: Slice): bool {
    path.clear().string(group).byte(0).string(name);
    if (key.length > 0) path.byte(0).string(key);
    return this.get(into);
  }

  write(key: string, value: Slice): bool {
    path.clear().string(key);
    if (path.truncated) return false;
    return accepted("set_property", proxy_set_property(path.start, path.length, value.start, value.length));
  }

  private get(into: Slice): bool {
    into.set(0, 0);
    if (path.truncated) return false; // a shorter path is another property
    store<u64>(returned, 0);
    if (proxy_get_property(path.start, path.length, returned, returned + 4) != STATUS_OK) return false;
    const at = <usize>load<u32>(returned);
    if (at != 0) into.set(at, load<i32>(returned + 4));
    return true;
  }
}
