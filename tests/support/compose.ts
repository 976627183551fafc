// docker-compose.yaml and the Dockerfile of its images, as tests read them.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { PROJECT } from "../../host/envoy/project.ts";

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

/** What a stage of a Dockerfile ends up with. */
export interface Stage {
  /** Paths in the project by paths in the image. */
  readonly files: ReadonlyMap<string, string>;
  readonly entrypoint: readonly string[];
  readonly exposed: readonly number[];
}

/** Reads one stage of a Dockerfile; what its base image has is not in it. Throws when there is no such stage. */
export function stageOf(dockerfile: string, name: string): Stage {
  const stages = dockerfile.split(/^(?=FROM )/m);
  const lines = stages.find((stage) => new RegExp(`^FROM \\S+ AS ${name}$`, "m").test(stage))?.split("\n");
  if (lines === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  const copies = lines.flatMap((line) => /^COPY --from=\w+ \/heirloom\/(\S+) (\S+)$/.exec(line) ?? []);
  const files = new Map<string, string>();
  for (let i = 0; i < copies.length; i += 3) files.set(copies[i + 2] ?? "", copies[i + 1] ?? "");
  const entrypoint = lines.find((line) => line.startsWith("ENTRYPOINT "))?.slice("ENTRYPOINT ".length);
  const exposed =
    lines
      .find((line) => line.startsWith("EXPOSE "))
      ?.split(" ")
      .slice(1) ?? [];
  return {
    files,
    entrypoint: entrypoint === undefined ? [] : (JSON.parse(entrypoint) as string[]),
    exposed: exposed.map(Number),
  };
}

/** The ports that a service takes connections on: those that are published, and those its image exposes. */
export function portsOf({ ports = [] }: Service, stage?: Stage): number[] {
  const published = ports.map((port) => Number(port.split(":").at(-1)));
  return [...new Set([...published, ...(stage?.exposed ?? [])])];
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
