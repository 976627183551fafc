/** Envoy's transport sockets for TLS, from the client and to the server. */

const CONTEXTS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";

/** TLS that Envoy ends for its clients. Paths as Envoy sees them, PEM. */
export interface DownstreamTls {
  /** The server's certificate, and those of its chain after it. */
  readonly certificate: string;
  readonly key: string;
}

/** TLS that Envoy speaks to the server. */
export interface UpstreamTls {
  /** Asked for in the handshake, and expected in the server's certificate. */
  readonly serverName: string;
  /** Path, as Envoy sees it, of the authorities that the certificate may come from, PEM. */
  readonly authorities: string;
}

/** The transport socket of a filter chain. */
export function downstreamTls({ certificate, key }: DownstreamTls): object {
  return socket("DownstreamTlsContext", {
    common_tls_context: {
      tls_certificates: [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }],
    },
  });
}

/** The transport socket of a cluster. A certificate of another name or authority is refused. */
export function upstreamTls({ serverName, authorities }: UpstreamTls): object {
  return socket("UpstreamTlsContext", {
    sni: serverName,
    common_tls_context: {
      validation_context: {
        trusted_ca: { filename: authorities },
        match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: serverName } }],
      },
    },
  });
}

function socket(context: string, fields: object): object {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: { "@type": `${CONTEXTS}.${context}`, ...fields },
  };
}
