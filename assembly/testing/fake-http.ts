import { STATUS_BAD_ARGUMENT } from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { Faults } from "../host/faults";
import { Http, HttpRequest } from "../host/http";

const headers: Text = Text.ofCapacity(8192);

/** HTTP servers that a spec plays: it looks at what was sent, and answers through `FakeProxy.answer`. */
export class FakeHttp extends Http {
  /** `GET cluster/path`, in the order of the calls; the first has the token 1. */
  requests: string[] = [];
  /** Of each call, the names and values of its headers in turn. */
  private readonly sent: string[][] = [];
  /** Headers of the answer that is being given. */
  answered: Map<string, ArrayBuffer> = new Map();
  /** From now on everything is refused. */
  isRefusing: bool = false;

  send(request: HttpRequest): u32 {
    if (!request.writeHeaders(headers)) return 0;
    if (this.isRefusing) {
      Faults.refused("http_call", STATUS_BAD_ARGUMENT);
      return 0;
    }
    this.sent.push(partsOf(headers)); // first, as showing one writes over them
    this.requests.push(shown(request, ":method") + " " + request.cluster + shown(request, ":path"));
    return this.requests.length;
  }

  /** The header `name` of the call `token` (1 for the first); "" where it had none. */
  header(token: u32, name: string): string {
    const parts = this.sent[token - 1];
    for (let i = 0; i + 1 < parts.length; i += 2) {
      if (parts[i] == name) return parts[i + 1];
    }
    return "";
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

/** What a header map holds: the number of headers, two lengths of each, then names and values, each ended by NUL. */
function partsOf(map: Text): string[] {
  const from = 4 + 8 * load<i32>(map.start);
  return String.UTF8.decodeUnsafe(map.start + from, map.length - from).split("\0");
}
