import { chromium as playwright, type Browser } from "playwright-core";
import { findProgram } from "../../../host/envoy/programs.ts";

/** Debian's Chromium, or another: `$CHROMIUM`, or on the PATH; undefined where there is none. */
export const chromium = await findProgram({ program: "chromium", variable: "CHROMIUM" });

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
