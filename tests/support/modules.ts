import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModule, type HostModule } from "../../host/index.ts";

/** The repository's top folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const loaded = new Map<string, Promise<HostModule>>();

/** Where the built module of a name is: `smtp` → build/smtp.wasm. */
export function modulePath(name: string): string {
  return join(ROOT, "build", `${name}.wasm`);
}

/** A built module; throws with the build command if it is missing. */
export function builtModule(name: string): Promise<HostModule> {
  const path = modulePath(name);
  if (!existsSync(path)) throw new Error(`build/${name}.wasm is missing: npm run build`);
  const module = loaded.get(path) ?? loadModule(path);
  loaded.set(path, module);
  return module;
}
