// docker-compose.yaml and the Dockerfile of its images, as tests read them.

import { readFile } from "node:fs/promises";
import { basename, join, normalize, relative } from "node:path";
import { parse } from "yaml";
import { PROJECT } from "../../host/envoy/project.ts";
import { stagesOf, textsOf } from "./dockerfile.ts";

/** Of the stages that build. */
const WORKDIR = "/heirloom";

/** A service, as far as ours go. */
export interface Service {
  readonly profiles?: readonly string[];
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[];
  readonly stop_grace_period?: string;
}

/** The services by name. */
export type Services = Readonly<Record<string, Service>>;

/** Reads docker-compose.yaml. */
export async function readServices(): Promise<Services> {
  const text = await readFile(join(PROJECT, "docker-compose.yaml"), "utf8");
  return (parse(text) as { services: Services }).services;
}

/** Services of `docker compose up`, each behind those that it depends on. Throws when one waits for itself. */
export function startOrder(services: Services): string[] {
  const order: string[] = [];
  const visit = (name: string, waiting: readonly string[]): void => {
    if (order.includes(name)) return;
    if (waiting.includes(name))
      throw new Error(`services wait for each other: ${[...waiting, name].join(" → ")}`);
    for (const other of services[name]?.depends_on ?? []) visit(other, [...waiting, name]);
    order.push(name);
  };
  for (const [name, { profiles }] of Object.entries(services)) if (profiles === undefined) visit(name, []);
  return order;
}

/** What a stage of a Dockerfile ends up with; what its base image has is not in it. */
export interface Image {
  /** Paths in the project by paths in the image: absolute, or from its working directory. */
  readonly files: ReadonlyMap<string, string>;
  readonly entrypoint: readonly string[];
  readonly exposed: readonly number[];
}

/** The image that a stage makes. Throws when there is no such stage. */
export function imageOf(dockerfile: string, name: string): Image {
  const stage = stagesOf(dockerfile).find((one) => one.name === name);
  if (stage === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  const [entrypoint = "[]"] = textsOf(stage, "ENTRYPOINT");
  const exposed = textsOf(stage, "EXPOSE").flatMap((text) => text.split(" "));
  return {
    files: new Map(textsOf(stage, "COPY").flatMap(copied)),
    entrypoint: JSON.parse(entrypoint) as string[],
    exposed: exposed.map(Number),
  };
}

/** What `COPY --from=STAGE /heirloom/FILE … TO` copies. */
function copied(text: string): (readonly [string, string])[] {
  const [from, ...paths] = text.split(" ");
  const to = normalize(paths.pop() ?? "");
  if (!/^--from=\w+$/.test(from ?? "")) return [];
  return paths.map((path) => {
    const source = relative(WORKDIR, path);
    return [to.endsWith("/") ? join(to, basename(source)) : to, source] as const;
  });
}

/** The ports that a service takes connections on: those that are published, and those its image exposes. */
export function portsOf({ ports = [] }: Service, image?: Image): number[] {
  const published = ports.map((port) => Number(port.split(":").at(-1)));
  return [...new Set([...published, ...(image?.exposed ?? [])])];
}

/** What is mounted into a service: paths in the project by paths in the container. */
export function mountsOf({ volumes = [] }: Service): ReadonlyMap<string, string> {
  return new Map(
    volumes.map((volume) => {
      const [source = "", target = ""] = volume.split(":");
      return [target, source];
    }),
  );
}

/** How long `docker compose stop` waits before it kills, in milliseconds. */
export function graceOf({ stop_grace_period = "10s" }: Service): number {
  const seconds = /^(\d+)s$/.exec(stop_grace_period)?.[1];
  if (seconds === undefined) throw new Error(`stop_grace_period: ${stop_grace_period}`);
  return Number(seconds) * 1_000;
}
