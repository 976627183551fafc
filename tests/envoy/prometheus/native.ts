/** The processes of docker-compose.yaml without containers: the same files, commands and order; only addresses differ. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PORTS } from "../../../demo/configuration.ts";
import { readAddresses, replaceAddresses } from "../../../host/envoy/adapt.ts";
import { anyPort } from "../../../host/envoy/ports.ts";
import { startEnvoy } from "../../../host/envoy/process.ts";
import { PROJECT } from "../../../host/envoy/project.ts";
import { startDaemon, workplace } from "../servers/installed.ts";
import {
  graceOf,
  imageOf,
  mountsOf,
  portsOf,
  readServices,
  startOrder,
  type Image,
  type Service,
  type Services,
} from "../../support/compose.ts";
import { query, type Series } from "./prometheus.ts";

/** Services that run nowhere but in containers: their files are checked in tests/demo/compose.test.ts. */
const ONLY_IN_CONTAINERS: ReadonlySet<string> = new Set(["grafana"]);

const LOOPBACK = "127.0.0.1";

/** One process of the set. */
export interface Part {
  readonly name: string;
  /** What it has written. */
  output(): string;
  /** As `docker compose stop`: SIGTERM, and SIGKILL after its grace period. Resolves with its exit code, null for a signal. */
  stop(): Promise<number | null>;
}

/** The running set. */
export interface NativeSet {
  /** In the order in which they were started. */
  readonly parts: readonly Part[];
  /** Asks its Prometheus. */
  query(expression: string): Promise<Series[]>;
  /** The health of each rule that it has loaded (`ok`, `err`, `unknown`), by name. */
  rules(): Promise<ReadonlyMap<string, string>>;
  /** Ends all, in the reverse order. */
  stop(): Promise<void>;
}

/** Where each service listens: `service:port` of the containers to a port of this machine. */
type Places = ReadonlyMap<string, number>;

interface Plan {
  readonly name: string;
  readonly service: Service;
  readonly image: Image | undefined;
  readonly places: Places;
}

/** Starts what `docker compose up` would. */
export async function startNatively(): Promise<NativeSet> {
  const services = await readServices();
  const dockerfile = readFileSync(join(PROJECT, "demo/Dockerfile"), "utf8");
  const imageFor = ({ build }: Service): Image | undefined => build && imageOf(dockerfile, build.target);
  const order = startOrder(services).filter((name) => !ONLY_IN_CONTAINERS.has(name));
  const places = await choosePlaces(services, order, imageFor);
  const parts: Part[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part.stop();
  };
  try {
    for (const name of order) {
      const service = services[name] ?? {};
      parts.push(await startPart({ name, service, image: imageFor(service), places }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const prometheus = placeOf(places, "prometheus:9090");
  return {
    parts,
    query: (expression) => query(prometheus, expression),
    rules: () => rulesOf(prometheus),
    stop,
  };
}

async function rulesOf(port: number): Promise<ReadonlyMap<string, string>> {
  const response = await fetch(`http://${LOOPBACK}:${port}/api/v1/rules`);
  const { data } = (await response.json()) as {
    data: { groups: { rules: { name: string; health: string }[] }[] };
  };
  return new Map(
    data.groups.flatMap(({ rules }) => rules.map(({ name, health }) => [name, health] as const)),
  );
}

async function choosePlaces(
  services: Services,
  order: readonly string[],
  imageFor: (service: Service) => Image | undefined,
): Promise<Places> {
  const places = new Map<string, number>();
  for (const name of order) {
    const service = services[name] ?? {};
    for (const port of portsOf(service, imageFor(service))) places.set(`${name}:${port}`, await anyPort());
  }
  return places;
}

function placeOf(places: Places, address: string): number {
  const port = places.get(address);
  if (port === undefined) throw new Error(`nothing in docker-compose.yaml listens at ${address}`);
  return port;
}

/** What runs a service follows from its image, or from its command; a new one has to be told here how to. */
async function startPart(plan: Plan): Promise<Part> {
  const { image = "", command = [] } = plan.service;
  if (image.startsWith("prom/prometheus:")) return startPrometheus(plan);
  if (command[0] === "envoy") return startProxy(plan);
  if (plan.image?.entrypoint[0] === "node") return startNode(plan);
  throw new Error(`docker-compose.yaml: there is no way to start ${plan.name} without containers`);
}

/** The text with the addresses of containers replaced by those of this machine. */
function local(text: string, places: Places): string {
  return text
    .replace(/\b([a-z]+):(\d+)\b/g, (address) =>
      places.has(address) ? `${LOOPBACK}:${placeOf(places, address)}` : address,
    )
    .replaceAll("0.0.0.0", LOOPBACK);
}

/** The file that a container would find at `path`, in the project. */
function fileAt({ name, service, image }: Plan, path: string): string {
  const file = mountsOf(service).get(path) ?? image?.files.get(path);
  if (file === undefined) throw new Error(`nothing is at ${path} in the container ${name}`);
  return join(PROJECT, file);
}

/** `envoy -c FILE`. */
async function startProxy(plan: Plan): Promise<Part> {
  const { name, service, places } = plan;
  const [, flag, path = ""] = service.command ?? [];
  if (flag !== "-c") throw new Error(`${name}: expected envoy -c FILE`);
  const shipped = readFileSync(fileAt(plan, path), "utf8");
  const { admin, listeners, clusters } = readAddresses(shipped);
  const own = (port: number) => ({ host: LOOPBACK, port: placeOf(places, `${name}:${port}`) });
  const changed = replaceAddresses(shipped, {
    admin: own(admin.port),
    listeners: Object.fromEntries(Object.entries(listeners).map(([one, { port }]) => [one, own(port)])),
    clusters: Object.fromEntries(
      Object.entries(clusters).map(([one, { host, port }]) => [
        one,
        { host: LOOPBACK, port: placeOf(places, `${host}:${port}`) },
      ]),
    ),
  });
  const config = changed.replace(
    /filename: (\S+\.wasm)/g,
    (_, module: string) => `filename: ${fileAt(plan, module)}`,
  );
  const envoy = await startEnvoy({ config, concurrency: 2, cwd: PROJECT });
  return {
    name,
    output: () => envoy.log,
    stop: async () => {
      await envoy.stop();
      return (await envoy.exited) === "exit code 0" ? 0 : null;
    },
  };
}

/** The image's entry point with the service's command behind it. */
async function startNode({ name, service, image, places }: Plan): Promise<Part> {
  const [, ...entry] = image?.entrypoint ?? [];
  const words = [...entry, ...(service.command ?? []).map((word) => local(word, places))];
  const chosen = Object.values(PORTS).flatMap(({ variable, preferred }) => {
    const port = places.get(`${name}:${preferred}`);
    return port === undefined ? [] : [[variable, String(port)] as const];
  });
  const environment = { ...process.env, ...service.environment, ...Object.fromEntries(chosen) };
  const child = spawn(process.execPath, words, {
    cwd: PROJECT,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  await once(child, "spawn");
  return { name, output: () => text, stop: () => ended(child, graceOf(service)) };
}

async function ended(child: ChildProcess, graceMs: number): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, "close");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exit;
  clearTimeout(late);
  return child.exitCode;
}

/** As the image does it: its own configuration file below /etc/prometheus, its port 9090. */
async function startPrometheus({ name, service, places }: Plan): Promise<Part> {
  const place = workplace("prometheus");
  for (const [path, file] of mountsOf(service)) {
    const text = readFileSync(join(PROJECT, file), "utf8").replaceAll("/etc/prometheus/", `${place.inside}/`);
    place.write(basename(path), local(text, places));
  }
  place.folder("data");
  const port = placeOf(places, `${name}:9090`);
  const command = [
    "/usr/bin/prometheus",
    `--config.file=${place.inside}/prometheus.yml`,
    `--storage.tsdb.path=${place.inside}/data`,
    `--web.listen-address=${LOOPBACK}:${port}`,
  ];
  const daemon = await startDaemon("prometheus", command, [port]);
  let isOver = false;
  return {
    name,
    output: daemon.output,
    stop: async () => {
      if (!isOver) await daemon.stop();
      isOver = true;
      place.remove();
      return 0;
    },
  };
}
