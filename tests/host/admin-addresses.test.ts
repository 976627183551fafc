// Envoy's admin interface shows configurations, keys in them too, and can end the process: what ships lets only its own
// machine in.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { ROOT } from "../support/modules.ts";

interface Bootstrap {
  readonly admin?: { readonly address?: { readonly socket_address?: { readonly address?: string } } };
}

/** Inside a container it has to listen on all addresses; docker-compose.yaml publishes it to its own machine only. */
const CONTAINERS = "demo/compose/envoy.yaml";

const FILES = ["envoy.yaml", CONTAINERS, ...yamlIn("deploy/envoy"), ...yamlIn("deploy/kubernetes")];

function yamlIn(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** The address of the admin interface, where a file is an Envoy's whole configuration. */
function adminOf(file: string): string | undefined {
  const documents = parseAllDocuments(read(file)).map((document) => document.toJS() as Bootstrap | null);
  const admin = documents.map((bootstrap) => bootstrap?.admin).find((one) => one !== undefined);
  return admin === undefined ? undefined : (admin.address?.socket_address?.address ?? "none");
}

describe("the admin interface", () => {
  const admins = FILES.map((file) => [file, adminOf(file)] as const).filter(
    ([, admin]) => admin !== undefined,
  );

  test("is in what ships", () => {
    expect(admins.length).toBeGreaterThan(1);
  });

  test.each(admins.filter(([file]) => file !== CONTAINERS))(
    "of %s is on the loopback interface",
    (_, admin) => {
      expect(admin).toBe("127.0.0.1");
    },
  );

  test("of the containers is published to the machine they run on", () => {
    const { services } = parse(read("docker-compose.yaml")) as {
      readonly services: Readonly<Record<string, { readonly ports?: readonly string[] }>>;
    };
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => port.includes("9901"))).not.toEqual([]);
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });
});
