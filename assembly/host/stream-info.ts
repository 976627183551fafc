import { Slice } from "../bytes/slice";
import { Host } from "./host";

/** Bytes of a number in a property. */
const NUMBER_BYTES: i32 = 8;

const found: Slice = new Slice();

/**
 * What the proxy knows about the connection of the callback it is called in. A text is valid until the next host
 * call; copy what must survive. Null where the proxy has none (yet).
 */
export class StreamInfo {
  /** Client, `ip:port`. */
  static sourceAddress(): Slice | null {
    return StreamInfo.text("source\0address");
  }

  /** What the client connected to, `ip:port`. */
  static destinationAddress(): Slice | null {
    return StreamInfo.text("destination\0address");
  }

  /** Server, `ip:port`; from the moment on that the proxy has chosen one. */
  static upstreamAddress(): Slice | null {
    return StreamInfo.text("upstream\0address");
  }

  /** `TLSv1.3` …, when the proxy terminated TLS of the client; from the first chunk on. */
  static tlsVersion(): Slice | null {
    return StreamInfo.text("connection\0tls_version");
  }

  /** SNI of the client. */
  static requestedServerName(): Slice | null {
    return StreamInfo.text("connection\0requested_server_name");
  }

  /** Why the proxy itself ended the connection. */
  static terminationDetails(): Slice | null {
    return StreamInfo.text("connection\0termination_details");
  }

  /** Why the connection to the server failed. */
  static upstreamTransportFailure(): Slice | null {
    return StreamInfo.text("upstream\0transport_failure_reason");
  }

  /** Envoy's response flags, as bits; 0 where there are none. */
  static responseFlags(): u64 {
    return StreamInfo.number("response\0flags");
  }

  /** The proxy's own number of the connection; 0 where there is none. */
  static connectionId(): u64 {
    return StreamInfo.number("connection_id");
  }

  /** Any property, by its path joined by NUL. */
  static text(path: string): Slice | null {
    return Host.properties.read(path, found) ? found : null;
  }

  /** Any property that is a number; 0 where there is none. */
  static number(path: string): u64 {
    if (!Host.properties.read(path, found) || found.length != NUMBER_BYTES) return 0;
    return load<u64>(found.start);
  }
}
