// What a command does where its output goes nowhere.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/modules.ts";

const WORDS = [join(ROOT, "dist/host/cli/heirloom.js"), "metrics", "--filter", "smtp", "--format", "json"];

test("a reader that goes away is no failure", async () => {
  const child = spawn(process.execPath, WORDS, { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  expect([code, err]).toEqual([0, ""]);
});

test("a full disk is one, told in one line", async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, WORDS, { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  expect([code, err]).toEqual([1, "cannot write: ENOSPC: no space left on device, write\n"]);
});
