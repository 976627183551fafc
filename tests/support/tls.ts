// TLS for tests: a server's and a client's certificate of one authority, in Envoy's words and in Node's.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CertificateFacts } from "../../host/index.ts";

const FOLDER = join(fileURLToPath(new URL(".", import.meta.url)), "../host/fixtures/tls");
const CONTEXTS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";

/** Whose certificate. */
export type Holder = "server" | "client";

const path = (name: string): string => join(FOLDER, name);
const read = (name: string): string => readFileSync(path(name), "utf8");

/** A certificate and its key, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** For `tls.connect` and `tls.createServer`. */
export function tlsOptions(holder: Holder) {
  return { cert: read(`${holder}.pem`), key: read(`${holder}.key`), ca: read("ca.pem") };
}

/** A filter chain's transport socket: TLS with a certificate asked of the client. */
export function downstreamTls(): object {
  return socket("DownstreamTlsContext", "server", { require_client_certificate: true });
}

/** A cluster's transport socket. */
export function upstreamTls(sni: string): object {
  return socket("UpstreamTlsContext", "client", { sni });
}

/** What Envoy tells of a certificate. `digest` and `pem` are told of the other's only. */
export function factsOf(holder: Holder): CertificateFacts {
  return {
    subject: `CN=${holder}.example,O=Heirloom tests`,
    dnsName: `${holder}.example`,
    uri: `spiffe://example/${holder}`,
    digest: "0".repeat(64),
    pem: read(`${holder}.pem`),
  };
}

function socket(context: string, holder: Holder, more: object): object {
  const certificate = { certificate_chain: file(`${holder}.pem`), private_key: file(`${holder}.key`) };
  const common = {
    tls_certificates: [certificate],
    validation_context: { trusted_ca: file("ca.pem") },
  };
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: { "@type": `${CONTEXTS}.${context}`, common_tls_context: common, ...more },
  };
}

function file(name: string): object {
  return { filename: path(name) };
}
