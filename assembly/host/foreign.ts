import { proxy_call_foreign_function } from "../abi/env";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { accepted } from "./faults";
import { Host } from "./host";

/** Longest argument that is built here, in bytes. */
const MAX_ARGUMENT: i32 = 1024;

/** Longest name of a function, key or value, in bytes: more than one byte of 7 bits would be needed for its length. */
const MAX_NAME: i32 = 127;

/** Functions that Envoy offers beyond the ABI, by name. */
export abstract class Foreign {
  /** Calls the function `name`, at most 127 bytes. False when there is none or it refused. Its result is not given back. */
  abstract call(name: string, argument: Slice): bool;
}

/** Filter state that Envoy's own filters read. */
export class EnvoyState {
  /**
   * Sends the connection to the cluster `name` instead of the one that tcp_proxy names; a cluster that Envoy does not
   * know closes it. Legal until tcp_proxy has chosen: in onNewConnection, or later while the connection is held from
   * there on. To choose by the client's first bytes, tcp_proxy needs `upstream_connect_mode: ON_DOWNSTREAM_DATA`
   * besides. False when Envoy refused, or the name is longer than 127 bytes.
   */
  static setCluster(name: string): bool {
    cluster.clear().string(name);
    return !cluster.truncated && EnvoyState.set("envoy.tcp_proxy.cluster", cluster.toSlice(named));
  }

  /**
   * Sets the object `key` of Envoy's filter state from its text form, for this connection. False when Envoy refused, or
   * one of the two is longer than 127 bytes.
   */
  static set(key: string, value: Slice): bool {
    const length = argument.clear().string(key).length;
    if (argument.truncated || length > MAX_NAME || value.length > MAX_NAME) return false;
    // SetEnvoyFilterStateArguments { string path = 1; string value = 2; LifeSpan span = 3 (0: filter chain); }
    argument
      .clear()
      .byte(0x0a)
      .byte(<u8>length)
      .string(key)
      .byte(0x12)
      .byte(<u8>value.length)
      .slice(value);
    return Host.foreign.call("set_envoy_filter_state", argument.toSlice(built));
  }
}

const argument: Text = Text.ofCapacity(MAX_ARGUMENT);
const built: Slice = new Slice();
const cluster: Text = new Text(memory.data(127), MAX_NAME);
const named: Slice = new Slice();
const name: Text = new Text(memory.data(127), MAX_NAME);
const returned: usize = memory.data(8);

@final
export class EnvoyForeign extends Foreign {
  call(called: string, given: Slice): bool {
    name.clear().string(called);
    if (name.truncated) return false; // a shorter name is another function
    const status = proxy_call_foreign_function(
      name.start,
      <usize>name.length,
      given.start,
      <usize>given.length,
      returned,
      returned + 4,
    );
    return accepted("call_foreign_function", status);
  }
}
