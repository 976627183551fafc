import { BUFFER_HTTP_RESPONSE, MAP_HTTP_RESPONSE_HEADERS, STATUS_OK } from "../abi/constants";
import { proxy_get_header_map_value, proxy_http_call } from "../abi/env";
import { Slice } from "../bytes/slice";
import { Text, utf8Length } from "../bytes/text";
import { accepted } from "./faults";
import { Host } from "./host";
import { MAX_FETCH } from "./scratch";

/** Longest header block of a request, in bytes; what is longer is refused. */
const MAX_HEADERS: i32 = 8192;

/** Longest name of a cluster or header that is looked up, in bytes. */
const MAX_NAME: i32 = 256;

/** How long an answer may take, in milliseconds, when a request does not say. */
const DEFAULT_TIMEOUT: u32 = 1000;

/** One header of a request. */
class Header {
  next: Header | null = null;
  value: string = "";
  /** What is sent instead of `value`, if it is not null. */
  bytes: Slice | null = null;

  constructor(readonly name: string) {}

  get length(): i32 {
    const bytes = this.bytes;
    return bytes === null ? utf8Length(this.value) : bytes.length;
  }

  write(into: Text): void {
    const bytes = this.bytes;
    into.string(this.name).byte(0);
    if (bytes === null) into.string(this.value);
    else into.slice(bytes);
    into.byte(0);
  }
}

/** What is asked of an HTTP server. Made once, and sent as often as one likes: sending allocates nothing. */
export class HttpRequest {
  /** How long an answer may take, in milliseconds: 1,000 unless set. Envoy answers 504 when it is over. */
  timeout: u32 = DEFAULT_TIMEOUT;
  /** The body, null for none. Its bytes must be valid when the request is sent. */
  body: Slice | null = null;
  private readonly first: Header = new Header(":method");
  private count: i32 = 1;

  /** `GET / HTTP/1.1`, `cluster` being the host too. `cluster`: the name of one of Envoy's clusters, at most 256 bytes. */
  constructor(readonly cluster: string) {
    this.set(":method", "GET").set(":authority", cluster).set(":path", "/");
  }

  /** Sets the header `name`, in lower case; `:method`, `:path` and `:authority` are headers too. For configuration time. */
  set(name: string, value: string): HttpRequest {
    const header = this.of(name);
    header.value = value;
    header.bytes = null;
    return this;
  }

  /** As `set`, with bytes that must be valid when the request is sent. They must not hold NUL, CR or LF. */
  setBytes(name: string, value: Slice): HttpRequest {
    this.of(name).bytes = value;
    return this;
  }

  /** For `Http`: writes the headers as the ABI wants them. False when they do not fit. */
  writeHeaders(into: Text): bool {
    into.clear();
    number(into, this.count);
    let header: Header | null = this.first;
    while (header !== null) {
      number(into, utf8Length(header.name));
      number(into, header.length);
      header = header.next;
    }
    header = this.first;
    while (header !== null) {
      header.write(into);
      header = header.next;
    }
    return !into.truncated;
  }

  /** For specs: the value of the header `name`, "" where there is none. */
  shown(name: string, into: Text): Text {
    const header = this.find(name);
    into.clear();
    if (header === null) return into;
    const bytes = header.bytes;
    return bytes === null ? into.string(header.value) : into.slice(bytes);
  }

  private of(name: string): Header {
    const known = this.find(name);
    if (known !== null) return known;
    const added = new Header(name);
    added.next = this.first.next;
    this.first.next = added;
    this.count++;
    return added;
  }

  private find(name: string): Header | null {
    let header: Header | null = this.first;
    while (header !== null && header.name != name) header = header.next;
    return header;
  }
}

/** What came back. Valid until the callback returns. */
export class HttpResponse {
  /** What `HttpClient.call` returned. */
  token: u32 = 0;
  /**
   * False when the answer broke off. Envoy itself answers for a server that cannot be reached (503) or takes too long
   * (504).
   */
  isAnswered: bool = false;
  /** Bytes of the body. */
  bodySize: i32 = 0;
  private readonly found: Slice = new Slice();

  /** Status code, 100 … 599; 0 where there is no answer. */
  get status(): i32 {
    const text = this.header(":status");
    if (text === null || text.length != 3) return 0;
    let value = 0;
    for (let i = 0; i < 3; i++) {
      const digit = text.at(i) - 0x30;
      if (digit < 0 || digit > 9) return 0;
      value = value * 10 + digit;
    }
    return value;
  }

  /** Value of the header `name`, in lower case, at most 256 bytes; null where there is none. Valid until the next host call. */
  header(name: string): Slice | null {
    return this.isAnswered && Host.http.readHeader(name, this.found) ? this.found : null;
  }

  /** The body, at most MAX_FETCH of it. Valid until the next chunk or body is fetched. */
  body(): Slice {
    const size = min(this.bodySize, MAX_FETCH);
    if (size <= 0 || !Host.buffers.fetch(BUFFER_HTTP_RESPONSE, 0, size, this.found)) this.found.set(0, 0);
    return this.found;
  }
}

/** Requests to HTTP servers that Envoy sends. Use it through `HttpClient`, which knows who waits for the answer. */
export abstract class Http {
  /** Sends it; the number of the call, or 0 when the proxy refused (no such cluster, headers or its name too long). */
  abstract send(request: HttpRequest): u32;

  /** During the callback of an answer: reads the header `name` into `into`. False when there is none. */
  abstract readHeader(name: string, into: Slice): bool;
}

const headers: Text = Text.ofCapacity(MAX_HEADERS);
const name: Text = Text.ofCapacity(MAX_NAME);
const returned: usize = memory.data(8);

@final
export class EnvoyHttp extends Http {
  send(request: HttpRequest): u32 {
    if (!request.writeHeaders(headers)) return 0;
    name.clear().string(request.cluster);
    if (name.truncated) return 0; // a shorter name is another cluster
    const body = request.body;
    const start: usize = body === null ? 0 : body.start;
    const size: usize = body === null ? 0 : <usize>body.length;
    store<u32>(returned, 0);
    // No trailers: a map of none is four zeros.
    store<u32>(returned + 4, 0);
    const status = proxy_http_call(
      name.start,
      <usize>name.length,
      headers.start,
      <usize>headers.length,
      start,
      size,
      returned + 4,
      4,
      request.timeout,
      returned,
    );
    return accepted("http_call", status) ? load<u32>(returned) : 0;
  }

  readHeader(key: string, into: Slice): bool {
    into.set(0, 0);
    name.clear().string(key);
    if (name.truncated) return false;
    store<u64>(returned, 0);
    const status = proxy_get_header_map_value(
      MAP_HTTP_RESPONSE_HEADERS,
      name.start,
      <usize>name.length,
      returned,
      returned + 4,
    );
    const at = <usize>load<u32>(returned);
    into.set(at, status == STATUS_OK && at != 0 ? load<i32>(returned + 4) : 0);
    return status == STATUS_OK && at != 0;
  }
}

/** Four bytes, the lowest first. */
function number(into: Text, value: i32): void {
  for (let shift: i32 = 0; shift < 32; shift += 8) into.byte(<u8>(value >> shift));
}
