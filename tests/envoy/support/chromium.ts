import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium as playwright, type Browser } from "playwright-core";

/** Debian's Chromium, or another: `$CHROMIUM`, or on the PATH; undefined where there is none. */
export const chromium = findChromium();

/** Without a window, a graphics card, or anything that talks to the network by itself; with an empty profile. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it; its profile goes with it. */
export async function startChromium(): Promise<Browser> {
  if (chromium === undefined) throw new Error("there is no Chromium");
  return playwright.launch({ executablePath: chromium, args: FLAGS });
}

function findChromium(): string | undefined {
  const { CHROMIUM, PATH = "" } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== "") return CHROMIUM;
  const folders = ["/usr/bin", ...PATH.split(delimiter)].filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "chromium")).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
