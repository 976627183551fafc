import { rmSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { configureFilter } from "../../host/envoy/adapt.ts";

/** Envoy asks for a name before it takes anything but a static configuration. */
const NODE = { id: "demo", cluster: "heirloom" };
const LISTENER = { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener" };

/** Listeners that Envoy reads from a file, and reads again whenever the file is replaced (LDS). */
export class ListenersFile {
  private readonly folder: string;
  private yaml = "";

  private constructor(folder: string) {
    this.folder = folder;
    process.once("exit", this.onExit);
  }

  static async create(): Promise<ListenersFile> {
    return new ListenersFile(await mkdtemp(join(tmpdir(), "heirloom-listeners-")));
  }

  /** Whether an Envoy has its listeners from here. */
  get inUse(): boolean {
    return this.yaml !== "";
  }

  /** Takes the listeners out of the configuration; what is left reads them from the file. */
  async adopt(yaml: string): Promise<string> {
    this.yaml = yaml;
    await this.replace();
    const document = parseDocument(yaml);
    document.deleteIn(["static_resources", "listeners"]);
    document.set("node", NODE);
    document.set("dynamic_resources", {
      lds_config: { resource_api_version: "V3", path_config_source: { path: this.file } },
    });
    return document.toString({ lineWidth: 0 });
  }

  /** Changes a listener's filter configuration; Envoy takes it up by itself. */
  async configure(listener: string, values: Readonly<Record<string, unknown>>): Promise<void> {
    this.yaml = configureFilter(this.yaml, listener, values);
    await this.replace();
  }

  async stop(): Promise<void> {
    process.off("exit", this.onExit);
    await rm(this.folder, { recursive: true, force: true });
  }

  private readonly onExit = (): void => {
    rmSync(this.folder, { recursive: true, force: true });
  };

  private get file(): string {
    return join(this.folder, "listeners.json");
  }

  private async replace(): Promise<void> {
    const { static_resources } = parseDocument(this.yaml).toJS() as Bootstrap;
    const resources = static_resources.listeners.map((listener) => ({ ...LISTENER, ...listener }));
    const next = join(this.folder, "next.json");
    await writeFile(next, JSON.stringify({ resources }, undefined, 2));
    // Envoy watches for the move, and never sees half a file.
    await rename(next, this.file);
  }
}

interface Bootstrap {
  readonly static_resources: { readonly listeners: readonly object[] };
}
