import { NOT_HELD, RootContext, StreamContext } from "./contexts";
import { MEMORY_CEILING } from "./limits";

/** Connections with their filters, which are used again: each configuration has its own. */
export class StreamPool {
  /** One that was used before, or a new one; null when memory is gone. */
  static take(root: RootContext): StreamContext | null {
    const used = root.free;
    if (used !== null) {
      root.free = used.next;
      used.next = null;
      used.isBlind = false;
      used.isLogged = false;
      used.held = NOT_HELD;
      used.isEndHeld = false;
      return used;
    }
    if (<u64>memory.size() * 65536 > MEMORY_CEILING) return null;
    const stream = new StreamContext(root);
    const plugin = root.plugin;
    stream.plugin = plugin;
    if (plugin !== null) stream.filter = plugin.newFilter();
    return stream;
  }

  /** Takes back one that is over; no effect when its configuration is over, or came after it. */
  static give(stream: StreamContext): void {
    const owner = stream.root;
    if (stream.plugin !== owner.plugin) return;
    stream.next = owner.free;
    owner.free = stream;
  }
}
