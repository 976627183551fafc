import {
  BUFFER_DOWNSTREAM_DATA,
  BUFFER_HTTP_RESPONSE,
  BUFFER_PLUGIN_CONFIGURATION,
  STATUS_BAD_ARGUMENT,
} from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Buffers } from "../host/buffers";
import { Faults } from "../host/faults";

/** Buffers that a spec fills with text (UTF-8). */
export class FakeBuffers extends Buffers {
  /** Bytes of the client's that the proxy has. */
  downstream: ArrayBuffer = new ArrayBuffer(0);
  /** Bytes of the server's that the proxy has. */
  upstream: ArrayBuffer = new ArrayBuffer(0);
  /** The plugin's configuration. */
  configuration: ArrayBuffer = new ArrayBuffer(0);
  /** The body of the answer to an HTTP call. */
  response: ArrayBuffer = new ArrayBuffer(0);
  /** How often something was fetched. */
  fetches: i32 = 0;
  /** From now on everything is refused. */
  isRefusing: bool = false;
  /** From now on every edit is refused. */
  isRefusingEdits: bool = false;

  /** Sets the client's bytes; returns how many. */
  setDownstream(text: string): i32 {
    this.downstream = String.UTF8.encode(text);
    return this.downstream.byteLength;
  }

  /** Sets the server's bytes; returns how many. */
  setUpstream(text: string): i32 {
    this.upstream = String.UTF8.encode(text);
    return this.upstream.byteLength;
  }

  /** Sets the body of an answer; returns how many bytes. */
  setResponse(text: string): i32 {
    this.response = String.UTF8.encode(text);
    return this.response.byteLength;
  }

  /** The client's bytes, edits included. */
  downstreamText(): string {
    return String.UTF8.decode(this.downstream);
  }

  /** The server's bytes, edits included. */
  upstreamText(): string {
    return String.UTF8.decode(this.upstream);
  }

  /** Sets the configuration; returns how many bytes. */
  setConfiguration(text: string): i32 {
    this.configuration = String.UTF8.encode(text);
    return this.configuration.byteLength;
  }

  fetch(type: i32, start: i32, length: i32, into: Slice): bool {
    this.fetches++;
    into.set(0, 0);
    if (this.isRefusing) return Faults.refused("get_buffer_bytes", STATUS_BAD_ARGUMENT);
    const buffer = this.of(type);
    if (start >= buffer.byteLength) return true;
    into.set(changetype<usize>(buffer) + <usize>start, min(length, buffer.byteLength - start));
    return true;
  }

  put(type: i32, start: i32, length: i32, value: Slice): bool {
    const old = this.of(type);
    const isKnown = start == 0 || start >= old.byteLength;
    const isRefused = this.isRefusing || this.isRefusingEdits || !isKnown;
    if (isRefused) return Faults.refused("set_buffer_bytes", STATUS_BAD_ARGUMENT);
    const before = start == 0 ? 0 : old.byteLength;
    const after = start == 0 ? max(old.byteLength - length, 0) : 0;
    const made = new ArrayBuffer(before + value.length + after);
    const at = changetype<usize>(made);
    memory.copy(at, changetype<usize>(old), <usize>before);
    memory.copy(at + <usize>before, value.start, <usize>value.length);
    const rest = changetype<usize>(old) + <usize>(old.byteLength - after);
    memory.copy(at + <usize>(before + value.length), rest, <usize>after);
    if (type == BUFFER_DOWNSTREAM_DATA) this.downstream = made;
    else this.upstream = made;
    return true;
  }

  private of(type: i32): ArrayBuffer {
    if (type == BUFFER_PLUGIN_CONFIGURATION) return this.configuration;
    if (type == BUFFER_HTTP_RESPONSE) return this.response;
    return type == BUFFER_DOWNSTREAM_DATA ? this.downstream : this.upstream;
  }
}
