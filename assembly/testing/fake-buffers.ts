import { BUFFER_DOWNSTREAM_DATA, BUFFER_PLUGIN_CONFIGURATION } from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Buffers } from "../host/buffers";

/** Buffers that a spec fills with text (UTF-8). */
export class FakeBuffers extends Buffers {
  downstream: ArrayBuffer = new ArrayBuffer(0);
  upstream: ArrayBuffer = new ArrayBuffer(0);
  configuration: ArrayBuffer = new ArrayBuffer(0);
  /** How often something was fetched. */
  fetches: i32 = 0;
  /** From now on everything is refused. */
  isRefusing: bool = false;

  setDownstream(text: string): i32 {
    this.downstream = String.UTF8.encode(text);
    return this.downstream.byteLength;
  }

  setUpstream(text: string): i32 {
    this.upstream = String.UTF8.encode(text);
    return this.upstream.byteLength;
  }

  setConfiguration(text: string): i32 {
    this.configuration = String.UTF8.encode(text);
    return this.configuration.byteLength;
  }

  fetch(type: i32, start: i32, length: i32, into: Slice): bool {
    this.fetches++;
    into.set(0, 0);
    if (this.isRefusing) return false;
    const buffer =
      type == BUFFER_PLUGIN_CONFIGURATION
        ? this.configuration
        : type == BUFFER_DOWNSTREAM_DATA
          ? this.downstream
          : this.upstream;
    if (start >= buffer.byteLength) return true;
    into.set(changetype<usize>(buffer) + <usize>start, min(length, buffer.byteLength - start));
    return true;
  }
}
