import { BufferType, Status } from "../abi/constants.ts";
import { StreamBuffer } from "./buffer.ts";
import type { HttpAnswer } from "./http.ts";
import { PropertyTable } from "./properties.ts";

/** What `proxy_get_status` tells of the last call that failed. */
export interface CallStatus {
  readonly code: number;
  readonly message: string;
}

/** What a module said of a property it sets. */
export interface DeclaredProperty {
  readonly readOnly: boolean;
}

/** What a stream context can ask of its connection; the connection answers after the module has returned. */
export interface StreamControl {
  continueDownstream(): void;
  requestClose(details: string): void;
}

/** One context of the ABI: the VM's own (id 0), a root (one per configuration) or a stream (one per connection). */
export class Context {
  readonly id: number;
  /** Undefined for the VM's own and for roots. */
  readonly parent: Context | undefined;
  readonly properties = new PropertyTable();
  /** Streams only. */
  control: StreamControl | undefined;
  /** Streams only: the module is told of the new connection, whose handshake is still to come. */
  accepting = false;
  /** What may be read now. */
  downstream: StreamBuffer | undefined;
  upstream: StreamBuffer | undefined;
  pluginConfiguration: Uint8Array | undefined;
  configuring = false;
  /** Roots only: milliseconds between ticks, 0 for none. */
  tickPeriod = 0;
  /** Roots only: when the next tick is due, in nanoseconds of the VM's clock. */
  tickDue = Infinity;
  /** Roots only: the answer to an HTTP call that the module is being told of. */
  httpAnswer: HttpAnswer | undefined;
  callStatus: CallStatus = NO_CALL_FAILED;
  /** Roots only: the stream an access log entry is about, while it is logged. */
  logged: PropertyTable | undefined;
  /** Made with the first. */
  declared: Map<string, DeclaredProperty> | undefined;
  /** Roots only: called when the module says `proxy_done`. */
  onDone: (() => void) | undefined;

  constructor(id: number, parent?: Context) {
    this.id = id;
    this.parent = parent;
  }

  get root(): Context {
    return this.parent ?? this;
  }

  get isLogging(): boolean {
    return this.logged !== undefined;
  }

  /** The bytes of a buffer; undefined where Envoy answers NotFound. What cannot be there now is mostly just empty. */
  buffer(type: number, vmConfiguration: () => Uint8Array): Uint8Array | undefined {
    switch (type) {
      case BufferType.downstreamData:
        return this.downstream?.bytes ?? NOTHING;
      case BufferType.upstreamData:
        return this.upstream?.bytes ?? NOTHING;
      case BufferType.vmConfiguration:
        return vmConfiguration();
      case BufferType.pluginConfiguration:
        return this.pluginConfiguration;
      case BufferType.httpCallResponseBody:
        return this.root.httpAnswer?.body;
      case BufferType.httpRequestBody:
      case BufferType.httpResponseBody:
      case BufferType.grpcReceive:
      case BufferType.callData:
        return NOTHING;
      default:
        return undefined;
    }
  }

  /** The buffer of stream data that an edit would change; undefined if there is none now. */
  editable(type: number): StreamBuffer | undefined {
    if (type === BufferType.downstreamData) return this.downstream;
    return type === BufferType.upstreamData ? this.upstream : undefined;
  }
}

const NO_CALL_FAILED: CallStatus = { code: Status.ok, message: "" };
const NOTHING = new Uint8Array(0);
