import { Slice } from "../bytes/slice";
import { Host } from "./host";
import { Known, numberOf, truthOf } from "./known";
import { TlsInfo } from "./tls-info";

const found: Slice = new Slice();
let clientTls: TlsInfo | null = null;
let serverTls: TlsInfo | null = null;

/**
 * What the proxy knows about the connection that a callback is about. What it does not know (yet) is null, which is
 * something else than an empty text, 0 or false. A text is bytes, UTF-8 or not (`Utf8`), valid until the next host call or
 * the next text: copy what must survive. What is said of the server is there once the proxy has chosen one.
 */
export class StreamInfo {
  /** The client's address, `ip:port`. */
  static sourceAddress(): Slice | null {
    return StreamInfo.text("source\0address");
  }

  /** The client's port. */
  static sourcePort(): Known<u64> | null {
    return StreamInfo.number("source\0port");
  }

  /** What the client connected to, `ip:port`. */
  static destinationAddress(): Slice | null {
    return StreamInfo.text("destination\0address");
  }

  /** The port that the client connected to. */
  static destinationPort(): Known<u64> | null {
    return StreamInfo.number("destination\0port");
  }

  /** The proxy's own number of the connection. */
  static connectionId(): Known<u64> | null {
    return StreamInfo.number("connection\0id");
  }

  /** When the connection was accepted, in nanoseconds since 1970-01-01 UTC. */
  static startTime(): Known<u64> | null {
    return StreamInfo.number("request\0time");
  }

  /** How long the connection lasted, in nanoseconds: for an `AccessLogger` only. */
  static duration(): Known<u64> | null {
    return StreamInfo.number("request\0duration");
  }

  /** Bytes from the client, those of the chunk at hand included; what is held and shown again is counted again. */
  static bytesReceived(): Known<u64> | null {
    return StreamInfo.number("request\0size");
  }

  /** Bytes to the client, those of the chunk at hand not included. */
  static bytesSent(): Known<u64> | null {
    return StreamInfo.number("response\0size");
  }

  /** Envoy's response flags, as bits: why it ended the connection. */
  static responseFlags(): Known<u64> | null {
    return StreamInfo.number("response\0flags");
  }

  /** Why the proxy itself ended the connection. tcp_proxy says nothing here: see `responseFlags`. */
  static terminationDetails(): Slice | null {
    return StreamInfo.text("connection\0termination_details");
  }

  /** Why TLS with the client failed. */
  static transportFailure(): Slice | null {
    return StreamInfo.text("connection\0transport_failure_reason");
  }

  /** SNI of the client, as Envoy's tls_inspector read it; empty without one. */
  static requestedServerName(): Slice | null {
    return StreamInfo.text("connection\0requested_server_name");
  }

  /** Whether the client showed a certificate; from the client's first chunk on. */
  static isMutualTls(): Known<bool> | null {
    return StreamInfo.truth("connection\0mtls");
  }

  /** Whether the client's certificate was checked and is good; from the client's first chunk on. */
  static isClientCertificateValid(): Known<bool> | null {
    return StreamInfo.truth("connection\0peer_certificate_valid");
  }

  /** Shorthand for `clientTls().version()`. */
  static tlsVersion(): Slice | null {
    return StreamInfo.text("connection\0tls_version");
  }

  /** TLS between client and proxy: ask from the client's first chunk on. */
  static clientTls(): TlsInfo {
    const known = clientTls;
    if (known !== null) return known;
    const made = new TlsInfo("connection");
    clientTls = made;
    return made;
  }

  /** The server's address, `ip:port`. */
  static upstreamAddress(): Slice | null {
    return StreamInfo.text("upstream\0address");
  }

  /** The server's port. */
  static upstreamPort(): Known<u64> | null {
    return StreamInfo.number("upstream\0port");
  }

  /** The proxy's address towards the server, `ip:port`; once they are connected. */
  static upstreamLocalAddress(): Slice | null {
    return StreamInfo.text("upstream\0local_address");
  }

  /** Why the connection to the server failed; empty where it did not. */
  static upstreamTransportFailure(): Slice | null {
    return StreamInfo.text("upstream\0transport_failure_reason");
  }

  /** How often the proxy tried to connect to a server; 0 before it does. */
  static upstreamAttempts(): Known<u64> | null {
    return StreamInfo.number("upstream\0request_attempt_count");
  }

  /** How long the connection to the server took, in nanoseconds; once there is one. */
  static upstreamConnectTime(): Known<u64> | null {
    return StreamInfo.number("upstream\0cx_pool_ready_duration");
  }

  /** How many servers the chosen cluster has. */
  static upstreamEndpoints(): Known<u64> | null {
    return StreamInfo.number("upstream\0num_endpoints");
  }

  /** SNI that the proxy sent to the server. */
  static upstreamServerName(): Slice | null {
    return StreamInfo.text("upstream\0server_name");
  }

  /** TLS between proxy and server, once they are connected. */
  static serverTls(): TlsInfo {
    const known = serverTls;
    if (known !== null) return known;
    const made = new TlsInfo("upstream");
    serverTls = made;
    return made;
  }

  /** Any property that is a text, a message or bytes, by its path joined by NUL. Up to 64 KiB; what is larger is null. */
  static text(path: string): Slice | null {
    return Host.properties.read(path, found) ? found : null;
  }

  /** Any property that is a whole number, a time or a duration; null too where its value is of another size. */
  static number(path: string): Known<u64> | null {
    return Host.properties.read(path, found) ? numberOf(found) : null;
  }

  /** Any property that is true or false; null too where its value is of another size. */
  static truth(path: string): Known<bool> | null {
    return Host.properties.read(path, found) ? truthOf(found) : null;
  }
}
