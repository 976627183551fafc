import { proxy_get_buffer_bytes, proxy_set_buffer_bytes } from "../abi/env";
import { Slice } from "../bytes/slice";
import { accepted } from "./faults";
import { Scratch } from "./scratch";

/** The proxy's buffers: the chunk of a data callback, the configuration. */
export abstract class Buffers {
  /**
   * Fetches up to `length` bytes of the buffer `type` (BUFFER_…) from `start` on into `into`, fewer where the
   * buffer ends. False when the proxy refused or memory did; `into` is empty then.
   */
  abstract fetch(type: i32, start: i32, length: i32, into: Slice): bool;

  /**
   * Puts `value` in the place of `length` bytes from `start` on. Envoy knows three ways: at the front (0, 0), instead
   * of everything (0, size), and at the end (size, 0). False when it refused.
   */
  abstract put(type: i32, start: i32, length: i32, value: Slice): bool;
}

const returned: usize = memory.data(8);

@final
export class EnvoyBuffers extends Buffers {
  fetch(type: i32, start: i32, length: i32, into: Slice): bool {
    store<u64>(returned, 0);
    Scratch.enterChunk();
    const status = proxy_get_buffer_bytes(type, start, length, returned, returned + 4);
    Scratch.leaveChunk();
    const at = <usize>load<u32>(returned);
    const ok = accepted("get_buffer_bytes", status);
    into.set(at, ok && at != 0 ? load<i32>(returned + 4) : 0);
    return ok;
  }

  put(type: i32, start: i32, length: i32, value: Slice): bool {
    const status = proxy_set_buffer_bytes(type, start, length, value.start, <usize>value.length);
    return accepted("set_buffer_bytes", status);
  }
}
