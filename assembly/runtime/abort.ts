import { LOG_CRITICAL } from "../abi/constants";
import { proxy_log } from "../abi/env";

/** Longest report; what is longer is cut off. */
const CAPACITY: i32 = 512;

const line: usize = memory.data(512);

/**
 * What the compiler calls where the language gives up (`--use abort=`): one line in the proxy's log, then a trap.
 * No filter gets here (the gate proves it); the allocator does when memory is really gone, so nothing may allocate.
 */
export function abort(message: string | null, file: string | null, row: u32, column: u32): void {
  let length = put(0, "heirloom: abort: ");
  if (message !== null) length = put(length, message);
  if (file !== null) length = put(put(length, " at "), file);
  length = putNumber(put(length, ":"), row);
  length = putNumber(put(length, ":"), column);
  proxy_log(LOG_CRITICAL, line, length);
  unreachable();
}

function put(at: i32, text: string): i32 {
  const characters = changetype<usize>(text);
  let end = at;
  for (let i = 0; i < text.length && end < CAPACITY; i++) {
    store<u8>(line + <usize>end, load<u8>(characters + ((<usize>i) << 1)));
    end++;
  }
  return end;
}

function putNumber(at: i32, value: u32): i32 {
  let unit: u32 = 1;
  while (value / unit >= 10) unit *= 10;
  let end = at;
  for (; unit > 0 && end < CAPACITY; unit /= 10) {
    store<u8>(line + <usize>end, <u8>(0x30 + ((value / unit) % 10)));
    end++;
  }
  return end;
}
