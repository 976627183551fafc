import { STATUS_OK } from "../abi/constants";
import { proxy_get_property, proxy_set_property } from "../abi/env";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";

/** Longest path of a property that is asked for, in bytes. */
const MAX_PATH: i32 = 256;

/** What the proxy knows about the connection, by path, and what it keeps for us. */
export abstract class Properties {
  /**
   * Reads the property at `path` (its parts joined by NUL) into `into`: valid until the next host call. False when
   * there is none; `into` is empty then.
   */
  abstract read(path: string, into: Slice): bool;

  /** Keeps `value` in the connection's filter state as `wasm.<key>`. False when the proxy refused. */
  abstract write(key: string, value: Slice): bool;
}

const returned: usize = memory.data(8);
const path: Text = new Text(memory.data(256), MAX_PATH);

@final
export class EnvoyProperties extends Properties {
  read(name: string, into: Slice): bool {
    store<u64>(returned, 0);
    path.clear().string(name);
    const status = proxy_get_property(path.start, path.length, returned, returned + 4);
    const at = <usize>load<u32>(returned);
    const ok = status == STATUS_OK;
    into.set(at, ok && at != 0 ? load<i32>(returned + 4) : 0);
    return ok;
  }

  write(key: string, value: Slice): bool {
    path.clear().string(key);
    return proxy_set_property(path.start, path.length, value.start, value.length) == STATUS_OK;
  }
}
