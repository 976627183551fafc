import { Buffer, BufferPool } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Elements } from "./elements";
import { Message } from "./message";

/** Octets that are kept of the name of a bind. */
export const MAX_NAME_BYTES: i32 = 320;

/** Names on their way, of all connections of a VM. */
const NAMES = new BufferPool(MAX_NAME_BYTES);

/** Keeps the value as the name of a bind if that is wanted. False: not all of it is there yet. */
export function takeName(e: Elements, m: Message, input: Slice): bool {
  const name = m.wantsName ? nameOf(m) : null;
  if (name !== null) return e.copy(input, name);
  e.leap(e.end);
  return true;
}

/** Gives the name back. */
export function dropName(m: Message): void {
  const name = m.name;
  if (name === null) return;
  NAMES.give(name);
  m.name = null;
}

function nameOf(m: Message): Buffer | null {
  if (m.name === null) m.name = NAMES.take();
  return m.name;
}
