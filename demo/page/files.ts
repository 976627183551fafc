import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "../../host/envoy/project.ts";

/** A file for browsers. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** What is served under a name of its own, with its place in the project. */
export const NAMED_FILES: Readonly<Record<string, string>> = {
  "/": "demo/page/static/index.html",
  "/style.css": "demo/page/static/style.css",
  "/icon.svg": "demo/page/static/icon.svg",
  "/vendor/uplot.js": "node_modules/uplot/dist/uPlot.esm.js",
  "/vendor/uplot.css": "node_modules/uplot/dist/uPlot.min.css",
};

/** Compiled modules: the page's own, and those of the demo that know nothing of Node. */
const MODULES =
  /^\/app\/(demo\/page\/client\/[\w-]+|demo\/view\/(?:numbers|snapshot)|host\/metrics\/parse)\.js$/;

/** The file that a browser asks for; undefined where there is none for browsers. */
export async function pageFile(path: string): Promise<PageFile | undefined> {
  const [, module] = MODULES.exec(path) ?? [];
  const file = module === undefined ? NAMED_FILES[path] : `dist/${module}.js`;
  if (file === undefined) return undefined;
  const type = TYPES[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return { type, body: await readFile(join(PROJECT, file)) };
}
