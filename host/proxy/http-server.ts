import { request as send, type IncomingMessage } from "node:http";
import type { Address } from "../envoy/address.ts";
import type { Pairs } from "../abi/pairs.ts";
import type { HttpHandler, HttpOutcome, HttpRequest } from "../vm/http.ts";

/** A server at an address, for filters that send HTTP requests to it as to one of Envoy's clusters. */
export function httpServer(address: Address): HttpHandler {
  return (request) =>
    new Promise<HttpOutcome>((resolve) => {
      const sent = send({ ...address, ...head(request), setHost: false }, (response) => {
        collect(response).then(resolve, () => resolve("reset"));
      });
      sent.on("error", () => resolve("unavailable"));
      // The filter has given up by then.
      if (request.timeoutMs > 0) sent.setTimeout(request.timeoutMs, () => sent.destroy());
      sent.end(request.body);
    });
}

function head({ headers, body }: HttpRequest) {
  const value = (name: string): string | undefined => headers.find(([known]) => known === name)?.[1];
  const plain = headers.filter(([name]) => !name.startsWith(":"));
  const host = value(":authority") ?? value("host") ?? "";
  const length: Pairs = body.length === 0 ? [] : [["content-length", String(body.length)]];
  const rest = plain.filter(([name]) => name !== "host" && name !== "content-length");
  return {
    method: value(":method") ?? "GET",
    path: value(":path") ?? "/",
    headers: [["host", host], ...rest, ...length].flat(),
  };
}

async function collect(response: IncomingMessage): Promise<HttpOutcome> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: inPairs(response.rawHeaders),
    body: Buffer.concat(parts),
    trailers: inPairs(response.rawTrailers),
  };
}

/** Envoy speaks of names in lower case, and keeps what belongs to the connection to itself. */
function inPairs(raw: readonly string[]): Pairs {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([(raw[i] ?? "").toLowerCase(), raw[i + 1] ?? ""]);
  return pairs.filter(([name]) => name !== "transfer-encoding");
}
