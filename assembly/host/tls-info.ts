import { Slice } from "../bytes/slice";
import { Host } from "./host";

const found: Slice = new Slice();

/**
 * TLS on one side of the proxy (`StreamInfo.clientTls`, `StreamInfo.serverTls`): everything is null where there is none.
 * Ask from the client's first chunk on. In onNewConnection the handshake is still to come, and Envoy 1.40 that is asked for
 * the version then answers `TLSv1.2`, and stays with it for as long as the connection lasts.
 */
@final
export class TlsInfo {
  /** `group`: where the proxy keeps it, `connection` or `upstream`. */
  constructor(private readonly group: string) {}

  /** `TLSv1.3` … */
  version(): Slice | null {
    return this.text("tls_version");
  }

  /** Subject of the proxy's certificate, as RFC 2253 writes it; empty where it showed none. */
  localSubject(): Slice | null {
    return this.text("subject_local_certificate");
  }

  /** Subject of the other's certificate, as RFC 2253 writes it; empty where it showed none. */
  peerSubject(): Slice | null {
    return this.text("subject_peer_certificate");
  }

  /** The first DNS name in the proxy's certificate; null where it has none. */
  localDnsName(): Slice | null {
    return this.text("dns_san_local_certificate");
  }

  /** The first DNS name in the other's certificate; null where it has none. */
  peerDnsName(): Slice | null {
    return this.text("dns_san_peer_certificate");
  }

  /** The first URI in the proxy's certificate; null where it has none. */
  localUri(): Slice | null {
    return this.text("uri_san_local_certificate");
  }

  /** The first URI in the other's certificate (`spiffe://…`); null where it has none. */
  peerUri(): Slice | null {
    return this.text("uri_san_peer_certificate");
  }

  /** SHA-256 of the other's certificate, 64 hexadecimal digits; null where it showed none. */
  peerDigest(): Slice | null {
    return this.text("sha256_peer_certificate_digest");
  }

  /** The other's certificate in PEM; null where it showed none. */
  peerCertificate(): Slice | null {
    return this.text("peer_certificate");
  }

  private text(name: string): Slice | null {
    return Host.properties.readPart(this.group, name, "", found) ? found : null;
  }
}
