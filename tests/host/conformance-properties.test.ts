// Every property that the SDK has a name for: there at the same time and of the same type in Envoy and here.

import { connect, createServer, type Server } from "node:tls";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { Vm, loadModule, tlsProperties, upstreamProperties, type Properties } from "../../host/index.ts";
import { MARK, behindEmbedded, behindEnvoy, envoy, type EnvoyConfig } from "../support/behind.ts";
import { until } from "../support/until.ts";
import { Peer, Upstream } from "../support/sockets.ts";
import { ENDED, propertiesModule, told, type Moment } from "../support/stream-info.ts";
import { downstreamTls, factsOf, tlsOptions, upstreamTls } from "../support/tls.ts";

const ACCEPTED: Properties = {
  "source.address": "127.0.0.1:1",
  "source.port": 1,
  "destination.address": "127.0.0.1:2",
  "destination.port": 2,
};
const CONNECTED = upstreamProperties({
  address: "127.0.0.1:3",
  localAddress: "127.0.0.1:4",
  cluster: "behind",
  connectTime: 5n,
});

/** The filter and the access logger. */
const ENVOYS_OWN = { accessLogger: "logger", last: ENDED, lasts: 2 };

async function talk(client: Peer, answer: string): Promise<void> {
  client.send("hello");
  await client.until(({ text, closed }) => text === answer || closed);
  client.socket.end();
  client.socket.destroy();
}

/** A connection through a filter here, then its entry in the access log. */
async function here(binary: Uint8Array, properties: Properties): Promise<Record<string, string>> {
  const lines: string[] = [];
  const vm = new Vm(await loadModule(binary), { log: (_, text) => lines.push(text.slice(MARK.length)) });
  const connection = vm.startPlugin({ rootId: "filter" }).newConnection({ properties: ACCEPTED });
  const logger = vm.startPlugin({ rootId: "logger" });
  connection.setProperties({ ...CONNECTED, ...properties });
  connection.downstream(Buffer.from("hello"));
  connection.upstream(Buffer.from("answer"));
  connection.close("remote");
  logger.logAccess(connection);
  return told(lines);
}

describe.skipIf(envoy === undefined)("properties are the same in Envoy and here", () => {
  test("of a plain connection", async () => {
    const moments: readonly Moment[] = ["configure", "new", "downstream", "upstream", "log"];
    const binary = propertiesModule(moments);
    const upstream = await Upstream.start();
    const play = async (port: number): Promise<void> => {
      const accepted = upstream.next();
      const client = await Peer.connect(port);
      const server = await accepted;
      void server.until(({ text }) => text === "hello").then(() => server.send("answer"));
      void server.until(({ ended }) => ended).then(() => server.socket.end());
      await talk(client, "answer");
    };
    try {
      const inEnvoy = told(await behindEnvoy(binary, upstream.port, play, ENVOYS_OWN));
      expect(await here(binary, {})).toEqual(inEnvoy);
      const embedded = told(await behindEmbedded(binary, upstream.port, play));
      expect(embedded).toEqual(without("access log", inEnvoy));
      expect(Object.keys(embedded).length).toBeGreaterThan(200);
      expect(inEnvoy["access log request.size"]).toBe("number 5");
      expect(inEnvoy["access log request.duration"]).toBe("number");
      expect(inEnvoy["new upstream.address"]).toBe("-");
      expect(inEnvoy["new upstream.transport_failure_reason"]).toBe("empty");
    } finally {
      upstream.stop();
    }
  });

  test("of a connection with TLS on both sides, names and metadata", async () => {
    const binary = propertiesModule(["configure", "downstream", "upstream", "log"]);
    const server = await tlsServer();
    const play = async (port: number): Promise<void> => {
      const unnamed = { checkServerIdentity: () => undefined };
      const socket = connect({ port, servername: "sni.example", ...tlsOptions("client"), ...unnamed });
      await talk(new Peer(socket), "answer");
    };
    const surroundings = { ...ENVOYS_OWN, adapt: named };
    const inEnvoy = told(
      await behindEnvoy(binary, portOf(server), play, surroundings).finally(() => server.close()),
    );
    const [ours, client] = [factsOf("server"), factsOf("client")];
    const tls = {
      ...tlsProperties("connection", {
        version: "TLSv1.3",
        serverName: "sni.example",
        local: ours,
        peer: client,
      }),
      ...tlsProperties("upstream", {
        version: "TLSv1.2",
        serverName: "up.example",
        local: client,
        peer: ours,
      }),
    };
    const configured = {
      "xds.filter_chain_name": "chain",
      "xds.listener_direction": 1,
      "xds.listener_metadata.filter_metadata.ours.key": "listener",
      "xds.cluster_metadata.filter_metadata.ours.key": "cluster",
      "xds.upstream_host_metadata.filter_metadata.ours.key": "host",
    };
    const node = /xds\.node/;
    expect(unlike(node, await here(binary, { ...tls, ...configured }))).toEqual(unlike(node, inEnvoy));
    expect(inEnvoy["configure xds.node.metadata.team"]).toBe("text");
    expect(inEnvoy["downstream connection.uri_san_peer_certificate"]).toBe("text");
  });
});

test.skipIf(envoy === undefined)(
  "bytes that are held and shown again count again, in Envoy and here",
  async () => {
    // Holds the first chunk, which is smaller than the two together.
    const binary = propertiesModule(["log"], { downstream: "(i32.lt_u (local.get $size) (i32.const 8))" });
    const upstream = await Upstream.start();
    const play = async (port: number, _: string, lines: () => string[]): Promise<void> => {
      const accepted = upstream.next();
      const client = await Peer.connect(port);
      const server = await accepted;
      client.send("hello");
      await until(() => lines().includes("downstream 5 0"));
      client.send(", too");
      await server.until(({ text }) => text === "hello, too");
      client.socket.end();
      server.socket.end();
      await client.until(({ ended }) => ended);
    };
    try {
      const inEnvoy = told(await behindEnvoy(binary, upstream.port, play));
      const embedded = told(await behindEmbedded(binary, upstream.port, play));
      expect(inEnvoy["log request.size"]).toBe("number 15");
      expect(embedded).toEqual(inEnvoy);
    } finally {
      upstream.stop();
    }
  },
);

/** TLS on both sides, and a name wherever the configuration can have one. */
function named(config: EnvoyConfig): void {
  const { listeners, clusters } = config.static_resources;
  const [listener] = listeners;
  const [cluster] = clusters;
  const [chain] = listener?.filter_chains ?? [];
  if (listener === undefined || cluster === undefined || chain === undefined) throw new Error("no listener");
  const metadata = (value: string): object => ({ filter_metadata: { ours: { key: value } } });
  config.node = {
    id: "me",
    cluster: "here",
    metadata: { team: "mail" },
    locality: { region: "north", zone: "a" },
  };
  const inspector = "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
  listener["listener_filters"] = [{ name: "tls_inspector", typed_config: { "@type": inspector } }];
  listener["metadata"] = metadata("listener");
  listener["traffic_direction"] = "INBOUND";
  chain["name"] = "chain";
  chain["transport_socket"] = downstreamTls();
  cluster["metadata"] = metadata("cluster");
  cluster["transport_socket"] = upstreamTls("up.example");
  const { endpoints } = cluster["load_assignment"] as { endpoints: { lb_endpoints: object[] }[] };
  for (const host of endpoints.flatMap((one) => one.lb_endpoints))
    Object.assign(host, { metadata: metadata("host") });
}

async function tlsServer(): Promise<Server> {
  const server = createServer({ ...tlsOptions("server"), requestCert: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write("answer"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function without(moment: string, properties: Record<string, string>): Record<string, string> {
  return unlike(new RegExp(`^${moment} `), properties);
}

function unlike(pattern: RegExp, properties: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !pattern.test(key)));
}
