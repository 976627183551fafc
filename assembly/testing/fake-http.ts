import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { Http, HttpRequest } from "../host/http";

const headers: Text = Text.ofCapacity(8192);

/** HTTP servers that a spec plays: it looks at what was sent, and answers through `FakeProxy.answer`. */
export class FakeHttp extends Http {
  /** `GET cluster/path`, in the order of the calls; the first has the token 1. */
  requests: string[] = [];
  /** Headers of the answer that is being given. */
  answered: Map<string, ArrayBuffer> = new Map();
  /** From now on everything is refused. */
  isRefusing: bool = false;

  send(request: HttpRequest): u32 {
    if (this.isRefusing || !request.writeHeaders(headers)) return 0;
    this.requests.push(shown(request, ":method") + " " + request.cluster + shown(request, ":path"));
    return this.requests.length;
  }

  readHeader(name: string, into: Slice): bool {
    into.set(0, 0);
    if (!this.answered.has(name)) return false;
    const value = this.answered.get(name);
    into.set(changetype<usize>(value), value.byteLength);
    return true;
  }
}

function shown(request: HttpRequest, name: string): string {
  request.shown(name, headers);
  return String.UTF8.decodeUnsafe(headers.start, headers.length);
}
