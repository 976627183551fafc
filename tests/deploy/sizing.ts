// What Envoy takes with idle SMTP sessions, without the filter and with it:
//   npm run sizing -- [SESSIONS …]      rows for docs/deploy.md; default 0 1000 9000
// Each session is two connections, in Envoy as here: the limit of open files (ulimit -n) has to be twice as high.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { envoyConfig, type FilterOptions } from "../../host/envoy/bootstrap.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { scrapeUrl } from "../../host/envoy/scrape.ts";

const FILTER: FilterOptions = { module: join(PROJECT, "build/heirloom.wasm"), rootId: "heirloom.smtp" };
const VARIANTS: Readonly<Record<string, readonly FilterOptions[]>> = { "no filter": [], smtp: [FILTER] };
const WORKERS = [1, 2];
/** At a time; the backlog of a listening socket is not what is measured. */
const BATCH = 200;

await main(process.argv.slice(2).map(Number));

async function main(wanted: readonly number[]): Promise<void> {
  const counts = wanted.length > 0 ? wanted : [0, 1_000, 9_000];
  console.log(
    `| filter | workers | ${counts.map((count) => `${count} sessions, MiB`).join(" | ")} | VM of a worker, KiB |`,
  );
  for (const workers of WORKERS) {
    for (const [name, filters] of Object.entries(VARIANTS)) {
      const { resident, memory } = await measure(filters, workers, counts);
      console.log(
        `| ${name} | ${workers} | ${resident.map((kib) => (kib / 1024).toFixed(1)).join(" | ")} | ${memory} |`,
      );
    }
  }
}

/** `resident`: VmRSS for each count, in KiB. `memory`: the largest VM's linear memory at the end, in KiB. */
async function measure(filters: readonly FilterOptions[], workers: number, counts: readonly number[]) {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write("250 mx.example\r\n"));
    socket.write("220 mx.example\r\n");
  });
  server.listen(0, "127.0.0.1", 4096);
  await once(server, "listening");
  const upstream = (server.address() as AddressInfo).port;
  const config = envoyConfig({ listeners: [{ name: "smtp", upstream, filters }] });
  const envoy = await startEnvoy({ config, concurrency: workers });
  const sockets: Socket[] = [];
  try {
    const { port } = await envoy.listener("smtp");
    const resident: number[] = [];
    for (const count of counts) {
      while (sockets.length < count) {
        const missing = Math.min(BATCH, count - sockets.length);
        sockets.push(...(await Promise.all(Array.from({ length: missing }, () => idleSession(port)))));
      }
      resident.push(residentKib(envoy));
    }
    return { resident, memory: await vmKib(envoy) };
  } finally {
    for (const socket of sockets) socket.destroy();
    await envoy.stop();
    server.close();
  }
}

/** A session that has got a greeting and said HELO. */
async function idleSession(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  for await (const [chunk] of on(socket)) {
    text += chunk.toString("latin1");
    if (text === "220 mx.example\r\n") socket.write("HELO client.example\r\n");
    if (text.endsWith("250 mx.example\r\n")) break;
  }
  return socket;
}

async function* on(socket: Socket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(socket, "data")) as [Buffer];
}

function residentKib({ pid }: RunningEnvoy): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

async function vmKib({ admin }: RunningEnvoy): Promise<string> {
  const samples = await scrapeUrl(`${admin}/stats/prometheus`);
  const found = samples.find(({ name }) => name === "smtp_filter_memory_bytes");
  return found === undefined ? "" : String(found.value / 1024);
}
