import { BUFFER_VM_CONFIGURATION, STATUS_OK } from "../abi/constants";
import { proxy_get_buffer_bytes } from "../abi/env";
import { environ_get, environ_sizes_get } from "../abi/wasi_snapshot_preview1";
import { Block } from "../bytes/block";
import { Slice } from "../bytes/slice";

/** Longest VM configuration in bytes, as any other value that is not a connection's. */
export const MAX_VM_CONFIGURATION: i32 = 64 << 10;

/** Most that all environment variables take together, in bytes: operators name each of them, and they are short. */
export const MAX_ENVIRONMENT: i32 = 256 << 10;

/** Bytes of an address. */
const ADDRESS_BYTES: usize = 4;

/** What the VM was started with, the same for all plugins in it. */
export abstract class VmInfo {
  /**
   * Reads the VM's configuration (`vm_config.configuration`) into `into`: valid until the next host call, empty where there
   * is none. False when it is longer than MAX_VM_CONFIGURATION or the proxy refused.
   */
  abstract readConfiguration(into: Slice): bool;

  /**
   * Reads the environment variables (`vm_config.environment_variables`) into `into`: `NAME=value`, each ended by NUL, in no
   * order. Valid for as long as the VM lives. False when they are longer than MAX_ENVIRONMENT or the proxy refused.
   */
  abstract readEnvironment(into: Slice): bool;
}

const returned: usize = memory.data(8);

@final
export class EnvoyVmInfo extends VmInfo {
  /** Addresses, then texts; they never change, so they are read once. */
  private block: ArrayBuffer | null = null;
  private readonly texts: Slice = new Slice();

  readConfiguration(into: Slice): bool {
    into.set(0, 0);
    store<u64>(returned, 0);
    const status = proxy_get_buffer_bytes(BUFFER_VM_CONFIGURATION, 0, i32.MAX_VALUE, returned, returned + 4);
    if (status != STATUS_OK) return false;
    const at = <usize>load<u32>(returned);
    if (at != 0) into.set(at, load<i32>(returned + 4));
    return true;
  }

  readEnvironment(into: Slice): bool {
    const isRead = this.block !== null || this.fetchEnvironment();
    into.copyOf(this.texts);
    return isRead;
  }

  private fetchEnvironment(): bool {
    if (environ_sizes_get(returned, returned + 4) != 0) return false;
    const addresses = <usize>load<u32>(returned) * ADDRESS_BYTES;
    const size = <usize>load<u32>(returned + 4);
    if (addresses > <usize>MAX_ENVIRONMENT || size > <usize>MAX_ENVIRONMENT) return false;
    const block = Block.allocate(addresses + size);
    const start = Block.start(block);
    if (environ_get(start, start + addresses) != 0) return false;
    this.block = block;
    this.texts.set(start + addresses, <i32>size);
    return true;
  }
}
